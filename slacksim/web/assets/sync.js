// Puts a freshly drawn page in place of the one on screen, piece by piece.
//
// A [data-list] holds children with a data-key. A child whose HTML the server drew as before is not touched, so nothing
// flickers and half-typed input stays. In one that differs only what differs is changed, so that everything else stays the
// very node that it was: a click survives whose button the page draws anew between the mouse's going down and up, and so do
// focus, scrolling and what was typed. In a [data-shell] child only the lists inside it are looked at.

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
    } else if (drawn.get(current) !== child.outerHTML) renew(current, child)
  }
  for (const child of mine.values()) child.remove()
}

/** Makes current, a child of a list, look like child but for what a person did to it. */
export function renew(current, child) {
  const touched = [...current.querySelectorAll('.element[data-touched]')]
  const before = words(current)
  const active = current.contains(document.activeElement) ? document.activeElement : null
  drawn.set(current, child.outerHTML)
  match(current, child)
  for (const old of touched) if (!current.contains(old)) carry(old, twin(current, old))
  if (active && !current.contains(active)) successor(current, active)?.focus({ preventScroll: true })
  if (before !== null && before !== words(current)) current.classList.add('renewed')
}

const words = (message) => (message.matches('.message') ? message.querySelector('.message-body').textContent : null)

// What scripts and people put on nodes, and the server does not know of.
const kept = new Set(['data-touched', 'data-restored', 'aria-busy', 'aria-controls', 'open'])

/** Makes node look like fresh, keeping it and as many of the nodes in it as it can. */
function match(node, fresh) {
  for (const { name } of [...node.attributes]) if (!fresh.hasAttribute(name) && !kept.has(name)) node.removeAttribute(name)
  for (const { name, value } of fresh.attributes) {
    const opened = name === 'aria-expanded' && node.hasAttribute('aria-controls')
    if (node.getAttribute(name) !== value && !opened) node.setAttribute(name, value)
  }
  if (node.localName === 'template') node.innerHTML = fresh.innerHTML
  else if (!node.matches('.element[data-touched] :is(.select-label, .chosen-files)')) matchChildren(node, fresh)
}

function matchChildren(node, fresh) {
  const mine = [...node.childNodes]
  const same = pairs(mine, [...fresh.childNodes])
  const next = [...fresh.childNodes].map((child) => {
    const current = same.get(child)
    if (!current) return document.importNode(child, true)
    if (child.nodeType === Node.ELEMENT_NODE) match(current, child)
    else if (current.data !== child.data) current.data = child.data
    return current
  })
  for (const child of mine) if (!next.includes(child)) child.remove()
  let place = node.firstChild
  for (const child of next) {
    if (child === place) place = place.nextSibling
    else node.insertBefore(child, place)
  }
}

/** Tells what two nodes must have in common for one to become the other. */
function kind(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return node.nodeName
  const { key, input, actionId, blockId, element } = node.dataset
  const name = key ?? input ?? (element && (holdsState(node) ? `${blockId} ${actionId}` : actionId)) ?? node.id
  return `${node.localName}.${node.classList[0] ?? ''} ${element ?? ''} ${name}`
}

const holdsState = ({ dataset }) => !['button', 'icon_button', 'feedback_buttons', 'overflow'].includes(dataset.kind)

/** Pairs nodes of the same kind without crossing, as many as there are: the longest common subsequence. Gives by fresh the old. */
function pairs(old, fresh) {
  const [a, b] = [old.map(kind), fresh.map(kind)]
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1))
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1])
    }
  }
  const out = new Map()
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    if (a[i] === b[j]) out.set(fresh[j++], old[i++])
    else if (common[i + 1][j] >= common[i][j + 1]) i++
    else j++
  }
  return out
}

const twin = (root, element) => [...root.querySelectorAll('.element')].find((other) =>
  ['blockId', 'actionId', 'element'].every((name) => other.dataset[name] === element.dataset[name]))

/** Puts into an element what a person had entered in one that is gone. */
function carry(old, same) {
  if (!same) return
  same.dataset.touched = ''
  for (const holder of ['.select-label', '.chosen-files']) {
    const chosen = old.querySelector(holder)
    if (chosen) return same.querySelector(holder).replaceWith(chosen)
  }
  const inputs = same.querySelectorAll('input, textarea')
  old.querySelectorAll('input, textarea').forEach((input, i) => {
    if (!inputs[i]) return
    inputs[i].value = input.value
    inputs[i].checked = input.checked
  })
}

/** What stands where the keyboard was in a node that is gone. */
function successor(root, active) {
  const element = active.closest('.element')
  const same = element && twin(root, element)
  if (same) return same.querySelector('button, input, textarea, a')
  return active.dataset.do ? root.querySelector(`[data-do="${active.dataset.do}"]`) : null
}
