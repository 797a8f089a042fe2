import { html } from "./html.js";
import { language, t } from "./texts.js";

/** @typedef {import("./operations.js").Sample} Sample */

const [WIDTH, HEIGHT, EDGE] = [600, 160, 6];

/** Connections and deliveries of the last three minutes, each against its own largest value.
 * @param {{samples: Sample[]}} props */
export function Chart({ samples }) {
  const connections = samples.map((one) => one.connections);
  const rates = samples.map((one) => one.rate);
  const told = { connections: shown(connections.at(-1) ?? 0), rate: shown(rates.at(-1) ?? 0) };
  return html`<figure class="chart card">
    <svg viewBox=${`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label=${t("chart-says", told)} preserveAspectRatio="none">
      <polyline class="connections" points=${points(connections)} />
      <polyline class="deliveries" points=${points(rates)} />
    </svg>
    <figcaption>
      <span class="connections">${t("chart-connections", { most: shown(Math.max(0, ...connections)) })}</span>
      <span class="deliveries">${t("chart-deliveries", { most: shown(Math.max(0, ...rates)) })}</span>
    </figcaption>
  </figure>`;
}

/** The newest value stands at the right edge. @param {number[]} values */
function points(values) {
  const most = Math.max(1, ...values);
  const step = WIDTH / 89;
  const from = WIDTH - step * (values.length - 1);
  return values
    .map((value, index) => {
      const y = HEIGHT - EDGE - (value / most) * (HEIGHT - 2 * EDGE);
      return `${(from + index * step).toFixed(1)},${y.toFixed(1)}`;
    })
    .join(" ");
}

/** @param {number} value */
function shown(value) {
  return new Intl.NumberFormat(language.value, { maximumFractionDigits: value < 10 ? 1 : 0 }).format(value);
}
