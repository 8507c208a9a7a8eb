// One frame, one drawing: events change the model, the next animation frame draws it and then says so.

import { useSyncExternalStore } from "react";
import { flushSync } from "react-dom";

export class Painter {
  private frame = 0;
  private seqs: number[] = [];
  private isAwaited = false;
  private readonly listeners = new Set<() => void>();

  /** `drawn(seq)` is told after the frame with that event was painted. */
  constructor(private readonly drawn: (seq: number) => void) {
    document.addEventListener("visibilitychange", () => this.soon());
  }

  readonly subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly version = () => this.frame;

  /** Draw soon; `seq` names a warning whose painting is reported. */
  soon(seq?: number): void {
    if (seq !== undefined) this.seqs.push(seq);
    if (this.isAwaited) return;
    this.isAwaited = true;
    // A hidden page gets no frames; its title and notification still have to change. Nobody sees it, so nothing is reported.
    if (document.hidden) setTimeout(() => this.paint(false));
    else requestAnimationFrame(() => this.paint(true));
  }

  private paint(isSeen: boolean): void {
    this.isAwaited = false;
    const seqs = isSeen ? this.seqs : [];
    this.seqs = [];
    this.frame += 1;
    flushSync(() => {
      for (const listener of this.listeners) listener();
    });
    if (!seqs.length) return;
    const afterPaint = new MessageChannel();
    afterPaint.port1.onmessage = () => {
      afterPaint.port1.close();
      seqs.forEach(this.drawn);
    };
    afterPaint.port2.postMessage(null);
  }
}

/** Draw this component with every frame of `painter`. */
export const useFrame = (painter: Painter) => useSyncExternalStore(painter.subscribe, painter.version);
