// What Streamlit's widgets and Plotly's charts leave to be wished by fingers, by keys and by ears.

// Touch. A swipe that begins on a chart or a slider scrolls the page. Plotly takes every touch for a drag of its own, so it does not see one
// until its tools are used or the chart fills the screen; a tap still reaches it, as the mouse click that the browser makes of it.
const CHART = '.js-plotly-plot', EXPLORED = 'data-explored';
const SLOP = 10; // pixels that a finger may move before it is clear where it goes
let held = null; // the touch on a slider of which nobody knows yet whether it passes by

function explored(chart) {
  const frame = chart.closest('[data-testid=stFullScreenFrame]');
  return chart.hasAttribute(EXPLORED) || (frame && getComputedStyle(frame).position === 'fixed');
}

addEventListener('touchstart', event => {
  const at = event.target;
  const chart = at.closest?.(CHART);
  if (chart && !at.closest('.modebar') && !explored(chart)) event.stopPropagation();
  if (at.closest?.('.stSlider [role=group]')) event.stopPropagation(); // it listens to pointers as well
}, { capture: true, passive: true });

addEventListener('click', event => {
  const chart = event.target.closest?.(CHART);
  if (chart && event.target.closest('.modebar')) chart.setAttribute(EXPLORED, '');
  else if (!chart) document.querySelectorAll(`[${EXPLORED}]`).forEach(old => old.removeAttribute(EXPLORED));
}, true);

addEventListener('pointerdown', event => {
  if (event.pointerType !== 'touch' || !event.isTrusted || !event.target.closest?.('.stSlider [role=group]')) return;
  event.stopPropagation();
  held = event;
}, true);

addEventListener('pointermove', event => {
  if (!held || event.pointerId !== held.pointerId) return;
  const across = Math.abs(event.clientX - held.clientX), along = Math.abs(event.clientY - held.clientY);
  if (Math.max(across, along) < SLOP) return;
  const begun = held;
  held = null;
  if (across > along) begun.target.dispatchEvent(new PointerEvent('pointerdown', begun));
}, true);

for (const end of ['pointerup', 'pointercancel']) addEventListener(end, () => { held = null; }, true); // a tap sets it, as a mouse click

// Names. Streamlit calls every group of stars "Feedback rating", and a button by its words alone: here they say of which title.
const NAMES = [
  ['[data-testid=stFeedback] [role=radiogroup]', title => `Stars for ${title}`],
  ['[class*=st-key-_why_] button', title => `Why ${title}?`],
  ['[class*=st-key-_unseen_] button, [class*=st-key-_seen_]:not([class*=st-key-_seen_all_]) button, [class*=st-key-_clear_] button, [class*=st-key-_shown_] button',
    (title, button) => `${button.textContent.trim()}: ${title}`],
];

function titleOf(element) {
  for (let box = element.parentElement; box && box.dataset.testid !== 'stMain'; box = box.parentElement) {
    const named = box.querySelector('.poster-title, [role=dialog] h2');
    if (named) return named.textContent.trim();
  }
  return '';
}

function name() {
  for (const [which, words] of NAMES) {
    for (const element of document.querySelectorAll(which)) {
      const title = titleOf(element);
      const label = title && words(title, element);
      if (label && element.getAttribute('aria-label') !== label) element.setAttribute('aria-label', label);
    }
  }
}

// Focus. Where an act takes a title away, its control's place goes to the next title's, and the focus with it.
const CONTROLS = 'button, [role=radio], a, input';
let last = null; // the control that had the focus, and where it stood

addEventListener('focusin', event => {
  const cell = event.target.closest?.('[data-testid=stGridCell]');
  const grid = cell?.parentElement.closest('[class*=st-key-]');
  last = !grid ? null : {
    control: event.target,
    grid: [...grid.classList].find(word => word.startsWith('st-key-')),
    place: [...grid.querySelectorAll('[data-testid=stGridCell]')].indexOf(cell),
    words: event.target.textContent.trim(),
    stars: Boolean(event.target.closest('[data-testid=stFeedback]')),
  };
}, true);

function keepFocus() {
  if (!last || last.control.isConnected || document.activeElement !== document.body) return;
  const cells = document.querySelectorAll(`.${CSS.escape(last.grid)} [data-testid=stGridCell]`);
  const cell = cells[Math.min(last.place, cells.length - 1)];
  if (!cell) return;
  const controls = [...cell.querySelectorAll(CONTROLS)];
  const alike = last.stars
    ? controls.find(control => control.matches('[data-testid=stFeedback] [tabindex="0"]'))
    : controls.find(control => control.textContent.trim() === last.words);
  (alike ?? controls.at(-1))?.focus({ preventScroll: true });
}

let due = false;
new MutationObserver(() => {
  if (due) return;
  due = true;
  requestAnimationFrame(() => { due = false; name(); keepFocus(); });
}).observe(document.body, { childList: true, subtree: true });

export default () => name();
