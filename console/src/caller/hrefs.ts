/** The address of a caller's record, by the key that stands for the number. */
export const callerHref = (caller: string) => `/callers?id=${encodeURIComponent(caller)}`;
