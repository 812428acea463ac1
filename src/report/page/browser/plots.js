// Draws the plots of the page with uPlot. The data are in the page; without this script their tables tell the same.
(() => {
  const data = document.getElementById('plots');
  if (data === null) return;

  const DASHES = [[], [], [8, 4], [2, 3], [12, 4, 2, 4], [4, 2], [10, 2, 2, 2, 2, 2], [1, 5], [6, 6]];
  const TIME_STEPS = [
    ...[0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30],
    ...[60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400],
  ];
  const COUNT_STEPS = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat();
  const counts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 });

  // Of all plots, so that their times stand below each other.
  let widestAxis = 0;

  const drawn = JSON.parse(data.textContent).map(show);
  drawn.forEach((draw) => draw());
  if (drawn.length > 0) data.parentElement.querySelector('details').open = false;

  // A canvas does not follow the style sheet by itself.
  const redraw = () => drawn.forEach((draw) => draw());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw);
  addEventListener('beforeprint', () => {
    document.documentElement.classList.add('paper');
    drawn.forEach((draw) => draw(640));
  });
  addEventListener('afterprint', () => {
    document.documentElement.classList.remove('paper');
    redraw();
  });

  /** Shows one plot, and gives what draws it anew. */
  function show(plot) {
    const figure = document.getElementById(`plot-${plot.id}`);
    const canvas = figure.querySelector('.canvas');
    const readout = figure.querySelector('.readout');
    const hidden = new Set();
    let chart;
    figure.hidden = false;

    const draw = (width = canvas.clientWidth) => {
      chart?.destroy();
      chart = new uPlot(
        optionsOf(plot, width, hidden, tell),
        [plot.times, ...plot.series.map(({ values }) => values)],
        canvas,
      );
    };
    const tell = (index) => {
      readout.textContent = index == null ? '' : readoutOf(plot, index, hidden);
    };
    addLegend(figure.querySelector('.legend'), plot, (index, isShown) => {
      if (isShown) hidden.delete(index);
      else hidden.add(index);
      chart.setSeries(index + 1, { show: isShown });
    });
    canvas.addEventListener('keydown', (event) => {
      const last = plot.times.length - 1;
      const at = chart.cursor.idx ?? -1;
      const to = { ArrowLeft: Math.max(0, at - 1), ArrowRight: Math.min(last, at + 1), Home: 0, End: last }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      chart.setCursor({ left: chart.valToPos(plot.times[to], 'x'), top: 1 });
    });
    canvas.addEventListener('blur', () => chart.setCursor({ left: -1, top: -1 }));
    new ResizeObserver(() => {
      if (canvas.clientWidth > 0 && canvas.clientWidth !== chart.width) draw();
    }).observe(canvas);
    draw();
    return draw;
  }

  function optionsOf(plot, width, hidden, tell) {
    const [ink, grid, paper] = ['--muted', '--line', '--paper'].map(colorOf);
    const font = `12px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 4 } };
    return {
      width,
      height: 210,
      legend: { show: false },
      scales: {
        x: { time: false, range: [0, plot.until] },
        y: { range: (_chart, _low, high) => [0, high > 0 ? high * 1.08 : 1] },
      },
      axes: [
        { ...axis, size: 32, incrs: TIME_STEPS, values: (_chart, seconds) => seconds.map(timeText) },
        {
          ...axis,
          ...(plot.isCount ? { incrs: COUNT_STEPS } : {}),
          size: sizeOf,
          values: (_chart, values) => values.map((value) => counts.format(value) + plot.unit),
        },
      ],
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 7 } },
      series: [
        {},
        ...plot.series.map(({ style, label }, index) => ({
          label,
          show: !hidden.has(index),
          stroke: colorOf(`--series-${style}`),
          width: style === 0 ? 2 : 1.5,
          dash: DASHES[style],
          paths: plot.isCount ? uPlot.paths.stepped({ align: 1 }) : undefined,
          points: { show: plot.times.length < 3, fill: paper },
        })),
      ],
      hooks: { setCursor: [({ cursor }) => tell(cursor.left < 0 ? null : cursor.idx)] },
    };
  }

  /** As wide as the longest figure of any plot. */
  function sizeOf(chart, values) {
    const longest = Math.max(0, ...(values ?? []).map((value) => value.length));
    widestAxis = Math.max(widestAxis, 18 + longest * 7);
    return widestAxis;
  }

  function addLegend(legend, { series }, onToggle) {
    for (const [index, { label, style }] of series.entries()) {
      const button = document.createElement('button');
      button.type = 'button';
      button.setAttribute('aria-pressed', 'true');
      button.append(swatchOf(style), label);
      button.addEventListener('click', () => {
        const isShown = button.getAttribute('aria-pressed') === 'false';
        button.setAttribute('aria-pressed', String(isShown));
        onToggle(index, isShown);
      });
      legend.append(button);
    }
  }

  /** A piece of the line, dashed as it is. */
  function swatchOf(style) {
    const [svg, line] = ['svg', 'line'].map((name) => document.createElementNS('http://www.w3.org/2000/svg', name));
    const look = { stroke: `var(--series-${style})`, 'stroke-dasharray': DASHES[style].join(' ') };
    for (const [name, value] of Object.entries({ x1: 0, x2: '100%', y1: '50%', y2: '50%', ...look }))
      line.setAttribute(name, value);
    for (const [name, value] of Object.entries({ width: 28, height: 12, 'stroke-width': 2, 'aria-hidden': 'true' }))
      svg.setAttribute(name, value);
    svg.append(line);
    return svg;
  }

  function readoutOf({ times, series, unit }, index, hidden) {
    const shown = series.filter((_one, at) => !hidden.has(at));
    const told = shown.map(({ label, values }) => `${label} ${counts.format(values[index])}${unit}`);
    return `${timeText(times[index])}: ${told.join(', ')}`;
  }

  /** As the page shows it now: light, dark or on paper. */
  function colorOf(name) {
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.color = `var(${name})`;
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  }

  /** `0.4 s`, `12 s`, `1:30 min`, `2:05 h` */
  function timeText(seconds) {
    if (seconds < 60) return `${Math.round(seconds * 100) / 100} s`;
    const [whole, part, unit] = seconds < 3600 ? [60, 1, 'min'] : [3600, 60, 'h'];
    const rest = String(Math.floor((seconds % whole) / part)).padStart(2, '0');
    return `${Math.floor(seconds / whole)}:${rest} ${unit}`;
  }
})();
