import type { StaffRole } from "../api/types";

/** Who keeps the register: sees numbers, ends notes, lists restrictions. */
export const isKeeper = (role: StaffRole) => role === "senior" || role === "admin";
/** Who writes notes: everybody but QA, who reads. */
export const mayNote = (role: StaffRole) => role !== "qa";
