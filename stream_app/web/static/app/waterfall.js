// The last minute of a microphone's sound: time to the right, frequency upwards, colour by level.
import { ask, path } from "./api.js";
import { dataTable } from "./data_table.js";
import { h, write } from "./dom.js";
import { number } from "./format.js";

const EVERY_MS = 500;
const SHOWN_S = 60;
const MARKS_HZ = [125, 250, 500, 1000, 2000, 4000];
// Dark to bright in even steps (viridis), as in the pictures of anomalies.
const COLOURS = [[68, 1, 84], [71, 44, 122], [59, 81, 139], [44, 113, 142], [33, 144, 141], [39, 173, 129], [92, 200, 99], [170, 220, 50], [253, 231, 37]];

export class Waterfall {
  /** `heard` gets each answer: rate and level of the last frame are in it. */
  constructor(microphone, heard) {
    this.microphone = microphone;
    this.heard = heard;
    this.columns = [];
    this.bands = [];
    this.last = -1;
    this.canvas = h("canvas", { class: "fall", role: "img", "aria-label": `Spectrogram of ${microphone}, the last minute` });
    this.axis = h("div", { class: "fall-axis", "aria-hidden": "true" });
    this.text = h("p", { class: "quiet small" }, "Listening…");
    const table = dataTable("Levels now", () => ({
      head: ["Frequency (Hz)", "Level (dB)"],
      rows: this.bands.map((hz, i) => [number(hz, 3), number(this.columns.at(-1)?.[i])]),
    }));
    this.element = h("section", { class: "card" }, h("h2", {}, microphone, h("small", {}, `last ${SHOWN_S} s, now at the right`)),
      h("div", { class: "fall-box" }, this.axis, this.canvas), this.text, table);
    this.timer = setInterval(() => this.refresh(), EVERY_MS);
    this.refresh();
  }

  async refresh() {
    if (this.asking || document.hidden) return;
    this.asking = true;
    try {
      this.take(await ask(`microphones/${path(this.microphone)}/logmel`, { after: this.last }));
    } catch (problem) {
      write(this.text, `${problem.what ?? "The page has a defect"}: ${problem.why ?? problem.message}.`);
    } finally {
      this.asking = false;
    }
  }

  take(found) {
    this.heard(found);
    if (!this.bands.length) this.scale(found.band_hz);
    if (!found.columns.length) {
      if (Date.now() - Date.parse(found.ts) > 5000) write(this.text, "Nothing is heard now.");
      return;
    }
    // Numbers that do not follow: columns were made while nobody asked.
    if (found.first !== this.last + 1) this.columns = [];
    this.last = found.first + found.columns.length - 1;
    const most = Math.round(SHOWN_S / found.column_s);
    this.columns = this.columns.concat(found.columns).slice(-most);
    this.draw(most);
  }

  scale(bands) {
    this.bands = bands;
    this.axis.replaceChildren(...MARKS_HZ.map((hz) => {
      const above = bands.findIndex((middle) => middle >= hz);
      const place = above < 1 ? 0 : above - 1 + (hz - bands[above - 1]) / (bands[above] - bands[above - 1]);
      const mark = h("span", {}, hz < 1000 ? `${hz} Hz` : `${hz / 1000} kHz`);
      mark.style.bottom = `${(100 * (place + 0.5)) / bands.length}%`;
      return mark;
    }));
  }

  draw(most) {
    const { columns, bands, canvas } = this;
    const sorted = columns.flat().sort((a, b) => a - b);
    const low = sorted[Math.floor(0.02 * sorted.length)];
    const high = Math.max(sorted[Math.floor(0.995 * (sorted.length - 1))], low + 6);
    if (canvas.width !== most || canvas.height !== bands.length) [canvas.width, canvas.height] = [most, bands.length];
    const context = canvas.getContext("2d");
    const image = context.createImageData(most, bands.length);
    const begin = most - columns.length;
    columns.forEach((column, x) => column.forEach((level, band) => {
      const at = 4 * ((bands.length - 1 - band) * most + begin + x);
      image.data.set(colour((level - low) / (high - low)), at);
      image.data[at + 3] = 255;
    }));
    context.putImageData(image, 0, 0);
    write(this.text, `Dark ${number(low, 3)} dB, bright ${number(high, 3)} dB.`);
  }

  close() {
    clearInterval(this.timer);
  }
}

function colour(share) {
  const place = Math.max(0, Math.min(1, share)) * (COLOURS.length - 1);
  const i = Math.min(Math.floor(place), COLOURS.length - 2);
  return COLOURS[i].map((value, k) => Math.round(value + (place - i) * (COLOURS[i + 1][k] - value)));
}
