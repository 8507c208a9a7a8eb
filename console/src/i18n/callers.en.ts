// What the team is told, marking a call, and the caller register.

export const callersEn = {
  team_notices: "From your team",
  team_notices_all: "Told to the teams",
  team_notices_explained: "Nobody is told whose call it was or what was said.",
  team_notice_read: "Put away",
  team_notice_read_of: "Put away: {when}",
  team_notice_read_all: "Put all away",
  team_notice_gone: "Put away.",
  team_notices_wait_one: "{n} notice for later",
  team_notices_wait_other: "{n} notices for later",
  mark_quick: "Mark the call",
  mark_open: "Make a record of this call …",
  mark_why: "Why? You may leave this empty.",
  mark_send: "Make the record",
  mark_done: "Marked. The record is drafted.",
  mark_later: "Marked. The record is drafted after the call.",
};
