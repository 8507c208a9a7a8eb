/** Why something could not be done or had; nothing where there is no reason. */
export const Complaint = ({ why, id }: { why: string; id?: string }) =>
  why ? (
    <p className="complaint" role="alert" id={id}>
      {why}
    </p>
  ) : null;
