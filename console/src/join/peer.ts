// The browser's end of a join: hears the call, and speaks once the mode says so. One offer, one answer; modes change without another.

const GATHER_WAIT_MS = 2000;

export type Levels = Partial<Record<"caller" | "agent" | "unknown", number>>;

export class JoinPeer {
  private readonly connection: RTCPeerConnection;
  private readonly sender: RTCRtpSender;
  private readonly sound = new Audio();
  private microphone: MediaStream | null = null;

  /** `servers` help where browser and callguard cannot reach each other. `onLevels` is told ten times a second how loud the parties are, `onLost` when the connection is gone for good. */
  constructor(servers: RTCIceServer[], onLevels: (levels: Levels) => void, onLost: () => void) {
    this.connection = new RTCPeerConnection({ iceServers: servers });
    this.sender = this.connection.addTransceiver("audio", { direction: "sendrecv" }).sender;
    this.connection.createDataChannel("levels").onmessage = (told) => {
      const { type, ...levels } = JSON.parse(String(told.data)) as Levels & { type: string };
      if (type === "levels") onLevels(levels);
    };
    this.connection.ontrack = ({ track }) => {
      this.sound.srcObject = new MediaStream([track]);
      void this.sound.play();
    };
    this.connection.onconnectionstatechange = () => {
      if (this.connection.connectionState === "failed" || this.connection.connectionState === "closed") onLost();
    };
  }

  /** Return an offer with all its candidates. */
  async offer(): Promise<string> {
    await this.connection.setLocalDescription();
    await new Promise<void>((done) => {
      const look = () => this.connection.iceGatheringState === "complete" && done();
      this.connection.onicegatheringstatechange = look;
      setTimeout(done, GATHER_WAIT_MS);
      look();
    });
    return this.connection.localDescription?.sdp ?? "";
  }

  accept(sdp: string): Promise<void> {
    return this.connection.setRemoteDescription({ type: "answer", sdp });
  }

  /** Open the microphone or close it; raises what the browser says when the reader does not allow it. */
  async speak(isSpeaking: boolean): Promise<void> {
    if (isSpeaking && !this.microphone) {
      const opened = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true } });
      if (this.connection.connectionState === "closed") {
        for (const track of opened.getTracks()) track.stop(); // the reader left while the browser asked
        return;
      }
      this.microphone = opened;
      await this.sender.replaceTrack(this.microphone.getAudioTracks()[0] ?? null);
    }
    if (!isSpeaking) await this.mute();
  }

  private async mute(): Promise<void> {
    for (const track of this.microphone?.getTracks() ?? []) track.stop();
    this.microphone = null;
    if (this.connection.connectionState !== "closed") await this.sender.replaceTrack(null);
  }

  close(): void {
    this.connection.onconnectionstatechange = null;
    for (const track of this.microphone?.getTracks() ?? []) track.stop();
    this.connection.close();
    this.sound.srcObject = null;
  }
}
