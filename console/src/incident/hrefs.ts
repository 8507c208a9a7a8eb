/** The address of a record. */
export const hrefOf = (incidentId: string) => `/incidents?id=${encodeURIComponent(incidentId)}`;
