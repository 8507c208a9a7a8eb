import type { ReactNode } from "react";
import { Shape } from "./Shape";

/** A place with nothing in it: what that means and what comes next. */
export function Empty({ of = "quiet", heading, children }: { of?: string; heading: string; children?: ReactNode }) {
  return (
    <div className="empty" id="empty">
      <Shape of={of} />
      <h2>{heading}</h2>
      {children}
    </div>
  );
}
