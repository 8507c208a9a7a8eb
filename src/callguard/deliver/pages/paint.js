// One frame, one drawing: events change the model, the next animation frame draws it and then says so.

export class Painter {
  /** `draw` shows the model; `drawn(seq)` is told after the frame with that event was painted. */
  constructor(draw, drawn) {
    this.draw = draw;
    this.drawn = drawn;
    this.seqs = [];
    this.isAwaited = false;
    document.addEventListener("visibilitychange", () => this.soon());
  }

  /** Draw soon; `seq` names a warning whose painting is reported. */
  soon(seq) {
    if (seq !== undefined) this.seqs.push(seq);
    if (this.isAwaited) return;
    this.isAwaited = true;
    // A hidden page gets no frames; its title and notification still have to change. Nobody sees it, so nothing is reported.
    if (document.hidden) setTimeout(() => this.paint(false));
    else requestAnimationFrame(() => this.paint(true));
  }

  paint(isSeen) {
    this.isAwaited = false;
    const seqs = isSeen ? this.seqs : [];
    this.seqs = [];
    this.draw();
    if (!seqs.length) return;
    const afterPaint = new MessageChannel();
    afterPaint.port1.onmessage = () => {
      afterPaint.port1.close();
      seqs.forEach(this.drawn);
    };
    afterPaint.port2.postMessage(null);
  }
}
