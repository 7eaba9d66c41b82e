// Puts a freshly drawn page in place of the one on screen, piece by piece.
//
// A [data-list] holds children with a data-key. A child whose HTML the server drew as before is not touched, so nothing
// flickers and half-typed input stays; one that differs is replaced and keeps what a person did to it; a [data-shell]
// child is never replaced, only the lists inside it are.

const drawn = new WeakMap()

/** Notes how the server drew every child of every list below root. */
export function remember(root) {
  for (const list of root.querySelectorAll('[data-list]')) for (const child of list.children) note(child)
}

function note(child) {
  if ('shell' in child.dataset) remember(child)
  else drawn.set(child, child.outerHTML)
}

/** Makes root show what fresh shows. */
export function sync(root, fresh) {
  for (const list of topLists(fresh)) {
    const mine = document.getElementById(list.id)
    if (mine && root.contains(mine)) syncList(mine, list)
  }
}

const topLists = (root) => [...root.querySelectorAll('[data-list]')].filter((list) => {
  const outer = list.parentElement.closest('[data-list]')
  return !outer || !root.contains(outer) || outer === root
})

function syncList(list, fresh) {
  const mine = new Map([...list.children].map((child) => [child.dataset.key, child]))
  const settled = list.childElementCount > 0
  let place = list.firstElementChild
  for (const child of [...fresh.children]) {
    let current = mine.get(child.dataset.key)
    mine.delete(child.dataset.key)
    if (!current) {
      const added = document.importNode(child, true)
      list.insertBefore(added, place)
      note(added)
      if (settled) added.classList.add('arrived')
      continue
    }
    if (current === place) place = place.nextElementSibling
    else list.insertBefore(current, place)
    if ('shell' in child.dataset) {
      Object.assign(current.dataset, child.dataset)
      sync(current, child)
    } else if (drawn.get(current) !== child.outerHTML) replace(current, child)
  }
  for (const child of mine.values()) child.remove()
}

/** Replaces current by a copy of child that keeps focus, scrolling, open details and what was typed or chosen. */
export function replace(current, child) {
  const next = document.importNode(child, true)
  note(next)
  for (const old of current.querySelectorAll('.element[data-touched]')) {
    const same = twin(next, old)
    if (same) carry(old, same)
  }
  current.querySelectorAll('details').forEach((old, i) => {
    const same = next.querySelectorAll('details')[i]
    if (same) same.open = old.open
  })
  const focused = current.contains(document.activeElement) && focusable(next, current, document.activeElement)
  const scrolled = current.querySelector('.modal-body')?.scrollTop
  current.replaceWith(next)
  if (scrolled) next.querySelector('.modal-body')?.scrollTo(0, scrolled)
  if (focused) focused.focus({ preventScroll: true })
  if (next.matches('.message') && words(next) !== words(current)) next.classList.add('renewed')
  return next
}

const words = (message) => message.querySelector('.message-body').textContent

const twin = (root, element) => [...root.querySelectorAll('.element')].find((other) =>
  ['blockId', 'actionId', 'element'].every((name) => other.dataset[name] === element.dataset[name]))

function carry(old, same) {
  same.dataset.touched = ''
  const label = old.querySelector('.select-label')
  if (label) return same.querySelector('.select-label').replaceWith(label)
  const inputs = same.querySelectorAll('input, textarea')
  old.querySelectorAll('input, textarea').forEach((input, i) => {
    if (!inputs[i]) return
    inputs[i].value = input.value
    inputs[i].checked = input.checked
  })
}

function focusable(next, current, active) {
  const element = active.closest('.element')
  const same = element && current.contains(element) && twin(next, element)
  if (same) return same.querySelector('button, input, textarea, a')
  if (active.dataset.do) return next.querySelector(`[data-do="${active.dataset.do}"]`)
  return null
}
