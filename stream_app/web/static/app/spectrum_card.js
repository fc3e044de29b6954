// The spectrum now against the healthy one.
import { ask, path } from "./api.js";
import { dataTable } from "./data_table.js";
import { h, write } from "./dom.js";
import { number, unitName, when } from "./format.js";
import { onTheme, token } from "./theme.js";

const EVERY_MS = 3000;
const FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
const STANDS_OUT = 3;

export class SpectrumCard {
  constructor() {
    this.title = h("small");
    this.plotted = h("div", { class: "plot spectrum", role: "img" });
    this.text = h("p", { class: "quiet small" });
    this.found = null;
    const table = dataTable("Spectrum", () => ({
      head: ["Frequency (Hz)", "Now", "Healthy"],
      rows: (this.found?.frequency_hz ?? []).map((hz, i) => [number(hz), number(this.found.amplitude[i]), number(this.found.healthy?.[i])]),
    }));
    this.element = h("section", { class: "card", id: "spectrum" }, h("h2", {}, "Spectrum", this.title), this.plotted, this.text, table);
    this.timer = setInterval(() => this.refresh(), EVERY_MS);
    this.offTheme = onTheme(() => this.plot?.redraw(false));
    this.sized = new ResizeObserver(() => this.plot?.setSize({ width: this.plotted.clientWidth, height: this.plotted.clientHeight }));
    this.sized.observe(this.plotted);
  }

  async show(sensor, name) {
    this.name = name;
    if (sensor === this.sensor) return;
    this.sensor = sensor;
    await this.refresh();
  }

  async refresh() {
    const sensor = this.sensor;
    if (!sensor) return;
    try {
      const found = await ask(`sensors/${path(sensor)}/spectrum`);
      if (sensor === this.sensor) this.draw(found);
    } catch (problem) {
      if (sensor !== this.sensor || problem.status !== 404) return;
      this.found = null;
      this.plot?.destroy();
      this.plot = null;
      this.plotted.hidden = true;
      write(this.title, this.name);
      write(this.text, "Not yet: a spectrum needs signal blocks, or 256 readings in even steps.");
    }
  }

  draw(found) {
    this.found = found;
    this.plotted.hidden = false;
    this.plot ??= new uPlot(this.options(), [[], [], []], this.plotted);
    this.plot.setData([found.frequency_hz, found.healthy ?? found.amplitude.map(() => null), found.amplitude]);
    const of = found.source === "signals" ? "blocks" : "stretches of 256 readings";
    const unit = found.unit ? `, ${unitName(found.unit)}` : "";
    write(this.title, `${this.name}${unit}`);
    const against = found.healthy ? `against the mean of ${found.healthy_blocks} healthy ${of}` : `no healthy ${of} so far`;
    const text = `Line: ${when(found.ts)}; grey: ${against}. ${outstanding(found)}`;
    write(this.text, text);
    this.plotted.setAttribute("aria-label", `Spectrum of ${this.sensor}. ${text}`);
  }

  options() {
    const axis = { stroke: () => token("text-3"), font: FONT, ticks: { show: false }, grid: { stroke: () => token("grid"), width: 1 } };
    const values = (_, splits) => splits.map((value) => number(value, 3));
    return {
      width: Math.max(this.plotted.clientWidth, 50),
      height: this.plotted.clientHeight,
      padding: [8, 12, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: true, y: false }, points: { size: 6 } },
      scales: { x: { time: false }, y: { range: (_, __, high) => [0, (high || 1) * 1.08] } },
      axes: [
        { ...axis, size: 26, space: 64, values, label: "Hz", labelSize: 16, labelGap: 0, labelFont: FONT },
        { ...axis, size: 48, gap: 6, values },
      ],
      series: [
        {},
        { stroke: () => token("healthy"), fill: () => token("band"), width: 1, points: { show: false } },
        { stroke: () => token("trace"), width: 1.25, points: { show: false } },
      ],
    };
  }

  close() {
    clearInterval(this.timer);
    this.offTheme();
    this.sized.disconnect();
    this.plot?.destroy();
  }
}

/** The line that rose most above healthy, among those that matter. */
function outstanding({ frequency_hz: hz, amplitude, healthy }) {
  if (!healthy) return "";
  const most = Math.max(...amplitude);
  let best = -1;
  let ratio = STANDS_OUT;
  amplitude.forEach((value, i) => {
    if (value > 0.3 * most && healthy[i] > 0 && value / healthy[i] > ratio) [best, ratio] = [i, value / healthy[i]];
  });
  return best < 0 ? "No line stands out." : `The line at ${number(hz[best], 3)} Hz stands out: ${number(ratio, 2)} times healthy.`;
}
