import { Shape } from "./Shape";

export interface Notice {
  state: string;
  text: string;
}

/** What stands between people and help. */
export function Notices({ found }: { found: Notice[] }) {
  return (
    <div className="notices" role="status" id="notices">
      {found.map((one) => (
        <p key={one.text} className={`banner ${one.state === "degraded" ? "aside" : ""}`} data-state={one.state}>
          <Shape of={one.state} />
          <span>{one.text}</span>
        </p>
      ))}
    </div>
  );
}
