// Plays a recording: the browser's own player keeps the pitch at any speed, and a small graph behind it chooses whose side is heard.

export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2, 2.5, 3];
export type Side = "both" | "caller" | "agent";

/** Loudness of the left and of the right channel; both are heard in both ears, because callers in one ear only tire people. */
const GAINS: Record<Side, [number, number]> = { both: [1, 1], caller: [1, 0], agent: [0, 1] };

export class Player {
  readonly audio = new Audio();
  private graph: { context: AudioContext; left: GainNode; right: GainNode } | null = null;
  private side: Side = "both";

  /** Nothing is fetched before it is played: who only reads has heard nothing. */
  constructor(
    address: string,
    private readonly isStereo: boolean,
    changed: () => void,
  ) {
    this.audio.preload = "none";
    this.audio.preservesPitch = true;
    this.audio.src = address;
    for (const name of ["play", "pause", "ended", "ratechange", "seeked", "error", "waiting", "playing"])
      this.audio.addEventListener(name, changed);
  }

  get isPlaying(): boolean {
    return !this.audio.paused && !this.audio.ended;
  }

  get atS(): number {
    return this.audio.currentTime;
  }

  /** Whether the browser could not play what came. */
  get hasFailed(): boolean {
    return this.audio.error !== null;
  }

  async play(): Promise<void> {
    this.connect();
    await this.graph?.context.resume();
    await this.audio.play();
  }

  pause(): void {
    this.audio.pause();
  }

  seek(atS: number): void {
    this.audio.currentTime = atS;
  }

  get speed(): number {
    return this.audio.playbackRate;
  }

  set speed(speed: number) {
    this.audio.defaultPlaybackRate = speed;
    this.audio.playbackRate = speed;
  }

  listenTo(side: Side): void {
    this.side = side;
    const [left, right] = GAINS[side];
    this.graph?.left.gain.setTargetAtTime(left, this.graph.context.currentTime, 0.01);
    this.graph?.right.gain.setTargetAtTime(right, this.graph.context.currentTime, 0.01);
  }

  /** What reaches the ears from each channel. */
  get loudness(): [number, number] {
    return GAINS[this.side];
  }

  close(): void {
    this.audio.pause();
    this.audio.removeAttribute("src");
    this.audio.load();
    void this.graph?.context.close();
  }

  private connect(): void {
    if (this.graph || !this.isStereo) return;
    const context = new AudioContext();
    const split = context.createChannelSplitter(2);
    const left = context.createGain();
    const right = context.createGain();
    const mono = context.createGain();
    mono.channelCount = 1;
    mono.channelCountMode = "explicit";
    context.createMediaElementSource(this.audio).connect(split);
    split.connect(left, 0).connect(mono);
    split.connect(right, 1).connect(mono);
    mono.connect(context.destination);
    [left.gain.value, right.gain.value] = GAINS[this.side];
    this.graph = { context, left, right };
  }
}
