// Lists that stay put under the pointer.

/** Keep the order in which `shown` stands while somebody points at the list: nothing moves under a click; newcomers go to the end. */
export function settledOrder<Item>(shown: readonly string[], wanted: readonly Item[], keyOf: (item: Item) => string): Item[] {
  const byKey = new Map(wanted.map((item) => [keyOf(item), item]));
  const kept = shown.flatMap((key) => byKey.get(key) ?? []);
  const known = new Set(shown);
  return [...kept, ...wanted.filter((item) => !known.has(keyOf(item)))];
}
