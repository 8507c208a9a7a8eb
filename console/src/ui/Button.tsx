import type { ButtonHTMLAttributes } from "react";

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  /** `act` is for «act now» and nothing else. */
  look?: "act" | "plain" | "panic" | "help" | "normal";
  size?: "small" | "normal";
  /** The key that does the same, as people read it. */
  hint?: string | undefined;
}

export function Button({ look = "normal", size = "normal", hint, children, className, ...rest }: Props) {
  return (
    <button type="button" className={["button", look, size, className].filter(Boolean).join(" ")} {...rest}>
      {children}
      {hint && <kbd aria-hidden="true">{hint}</kbd>}
    </button>
  );
}
