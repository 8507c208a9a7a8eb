// Addresses of the QA area: a call at a moment can be linked.

/** Where most calls are opened from, for the log of access. */
export const FROM_SEARCH = "search";

export type Change = Record<string, string | null>;

/** An address with some parts of the query changed; null takes one away. */
export function hrefWith(change: Change, from: URLSearchParams = new URLSearchParams()): string {
  const query = new URLSearchParams(from);
  for (const [name, value] of Object.entries(change)) {
    if (value === null || value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  return text ? `/qa?${text}` : "/qa";
}
