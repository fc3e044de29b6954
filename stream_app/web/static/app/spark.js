// A sparkline of at most 60 points; gaps stay gaps.
import { attribute, svg } from "./dom.js";

const WIDTH = 100;
const HEIGHT = 32;

export function makeSpark() {
  return svg("svg", { class: "spark", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, svg("path"));
}

export function drawSpark(spark, { ts_us, value }) {
  const known = value.filter((v) => v != null);
  let low = Math.min(...known);
  let high = Math.max(...known);
  if (!(high > low)) [low, high] = [low - 1, high + 1];
  const start = ts_us[0];
  const span = ts_us.at(-1) - start || 1;
  let path = "";
  let pen = "M";
  ts_us.forEach((t, i) => {
    if (value[i] == null) {
      pen = "M";
      return;
    }
    const x = ((t - start) / span) * WIDTH;
    const y = 1 + (1 - (value[i] - low) / (high - low)) * (HEIGHT - 2);
    path += `${pen}${x.toFixed(2)} ${y.toFixed(2)}`;
    pen = "L";
  });
  attribute(spark.firstChild, "d", path);
}
