// Draws the report's charts in the browser. Colors come from the style sheet, so that they follow light and dark.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const Chart = window.Chart;
  const charts = [];
  const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const transparent = (hex) => `${hex}33`;

  const axis = (options = {}) => ({
    grid: { color: color("line"), drawTicks: false },
    border: { color: color("line") },
    ...options,
    ticks: { color: color("muted"), padding: 6, ...options.ticks },
    title: { display: options.text !== undefined, text: options.text, color: color("muted") },
  });
  const logarithmic = (options) =>
    axis({
      ...options,
      type: "logarithmic",
      ticks: { callback: (value) => (isPowerOfTen(value) ? number.format(value) : null) },
    });
  const isPowerOfTen = (value) => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;

  const draw = (id, config) => {
    const canvas = document.getElementById(id);
    if (!canvas) return;
    const { options = {}, ...rest } = config;
    const base = { animation: false, responsive: true, maintainAspectRatio: false };
    charts.push(new Chart(canvas, { ...rest, options: { ...base, ...options } }));
  };
  const legend = (display) => ({
    display,
    labels: { color: color("text"), usePointStyle: true, pointStyle: "rectRounded", boxHeight: 9 },
  });
  const bars = (label, values, name) => ({ label, data: values, backgroundColor: color(name), borderRadius: 3 });

  const drawAll = () => {
    for (const chart of charts.splice(0)) chart.destroy();
    const { throughput, latency, scores, deadLetters } = data;
    const line = { borderWidth: 2, pointRadius: throughput.seconds.length < 20 ? 3 : 0, tension: 0.25 };
    draw("throughput", {
      type: "line",
      data: {
        labels: throughput.seconds.map((seconds) => seconds.toFixed(1)),
        datasets: [
          {
            ...line,
            label: "events/s",
            data: throughput.perSecond,
            borderColor: color("series-1"),
            backgroundColor: transparent(color("series-1")),
            fill: true,
          },
          {
            ...line,
            tension: 0,
            label: "waiting",
            data: throughput.waiting,
            borderColor: color("series-2"),
            backgroundColor: color("series-2"),
            borderDash: [4, 4],
          },
        ],
      },
      options: {
        interaction: { mode: "index", intersect: false },
        plugins: { legend: legend(true) },
        scales: { x: axis({ text: "seconds", ticks: { maxTicksLimit: 10 } }), y: axis({ beginAtZero: true }) },
      },
    });
    draw("latency", {
      type: "bar",
      data: {
        labels: latency.stages,
        datasets: [
          bars("p50", latency.p50, "series-4"),
          bars("p95", latency.p95, "series-2"),
          bars("p99", latency.p99, "series-3"),
        ],
      },
      options: {
        plugins: { legend: legend(true) },
        scales: { x: axis({ grid: { display: false } }), y: logarithmic({ text: "ms" }) },
      },
    });
    if (scores)
      draw("scores", {
        type: "bar",
        data: {
          labels: scores.labels,
          datasets: scores.series.map(({ name, counts }, index) => ({
            ...bars(
              name,
              counts.map((count) => count || null),
              `series-${(index % 4) + 1}`,
            ),
            categoryPercentage: 1,
            barPercentage: 0.9,
          })),
        },
        options: {
          plugins: { legend: legend(scores.series.length > 1) },
          scales: {
            x: axis({ text: "score", grid: { display: false }, ticks: { maxTicksLimit: 11, maxRotation: 0 } }),
            y: logarithmic({ min: 0.8 }),
          },
        },
      });
    draw("deadLetters", {
      type: "bar",
      data: {
        labels: deadLetters.reasons,
        datasets: [{ ...bars("events", deadLetters.counts, "series-3"), maxBarThickness: 26 }],
      },
      options: {
        indexAxis: "y",
        plugins: { legend: legend(false) },
        scales: { x: axis({ beginAtZero: true, ticks: { precision: 0 } }), y: axis({ grid: { display: false } }) },
      },
    });
  };

  drawAll();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
})();
