// Keeps conversations at their newest message, unless somebody has scrolled up to read.

const near = 60
const states = new WeakMap()

const toEnd = (scroll) => { scroll.scrollTop = scroll.scrollHeight }
const atEnd = (scroll) => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < near

const sizes = new ResizeObserver((entries) => {
  for (const scroll of new Set(entries.map(({ target }) => target.closest('[data-scroll]')))) {
    if (scroll && states.get(scroll).pinned) toEnd(scroll)
  }
})

/** Looks after every [data-scroll] that it does not look after yet, and starts each at its end. */
export function keepAtEnd() {
  for (const scroll of document.querySelectorAll('[data-scroll]')) {
    if (states.has(scroll)) continue
    const state = { pinned: true, top: 0 }
    states.set(scroll, state)
    scroll.addEventListener('scroll', () => {
      if (atEnd(scroll)) state.pinned = true
      else if (scroll.scrollTop < state.top) state.pinned = false
      state.top = scroll.scrollTop
    }, { passive: true })
    sizes.observe(scroll)
    sizes.observe(scroll.firstElementChild)
    toEnd(scroll)
  }
}
