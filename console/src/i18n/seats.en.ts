// What the agent's panel, the board and the incident record say beside en.ts.

export const seatsEn = {
  kind_choose: "Choose one",
  kind_not_read: "The choices could not be read: {why}. Close this form and open it again.",
  colleague_choose: "Choose a colleague",
  colleague_none: "No other senior staff",
  colleague_there: "At their console",
  colleague_away: "Not at their console",
  handed_to_you: "{name} has handed you the call of {agent}.",
  alert_over: "needs nobody any more",
  evidence_not_read: "What was said could not be read: {why}. Close this and open it again.",
  evidence_not_heard: "There is nothing to play: this call may not be recorded. Read what was said, or listen in.",
  has_call: "{name} has the call",
  you_have_call: "You have the call",
  agent_of_team: "{team} · {name}",
  other_teams: "Other teams",
  other_teams_explained: "Their own senior staff have these first. You can take one all the same.",
  join_cannot_whisper: "Whisper: the tap of this call cannot play to the agent.",
  join_cannot_interject: "Interject: the tap of this call cannot play to both sides.",
  join_cannot_take_over: "Take over: callguard alone cannot take the agent out of the call.",
  join_ask_instead:
    "Ask {name} to put the call through to you. An administrator can set up a phone system for it, or a number to call.",
  claim_of: "Claim: {name}",
};
