// Menus: the lists behind selects, overflow buttons and message shortcuts. One is open at a time.

let open = null

/** Closes the open menu, if any. */
export function closeMenu({ focus = true } = {}) {
  if (!open) return
  const { popup, anchor, onClose } = open
  open = null
  popup.remove()
  anchor.setAttribute('aria-expanded', 'false')
  anchor.removeAttribute('aria-controls')
  if (focus) anchor.focus()
  onClose?.()
}

/**
 * Opens a menu below anchor.
 * items(query) returns the entries as a DocumentFragment, or a promise of it; an entry is a .menu-item with data-value.
 * onChoose(item) is called with an entry; with multi the menu stays open. chosen() tells the values that carry a tick.
 */
export function openMenu(anchor, { role = 'listbox', label, items, search = false, minQuery = 0, multi = false, chosen = () => [], onChoose, onClose }) {
  if (open?.anchor === anchor) return closeMenu()
  closeMenu({ focus: false })
  const popup = document.createElement('div')
  popup.className = 'menu-popup'
  const list = document.createElement('ul')
  list.className = 'menu-list'
  list.id = 'open-menu'
  list.tabIndex = -1
  list.setAttribute('role', role)
  list.setAttribute('aria-label', label)
  if (multi) list.setAttribute('aria-multiselectable', 'true')
  const field = document.createElement('input')
  field.className = 'menu-search'
  field.placeholder = 'Search'
  field.setAttribute('role', 'combobox')
  field.setAttribute('aria-label', `Search ${label}`)
  field.setAttribute('aria-controls', list.id)
  field.setAttribute('aria-expanded', 'true')
  popup.append(list)
  document.getElementById('layers').append(popup)
  anchor.setAttribute('aria-expanded', 'true')
  anchor.setAttribute('aria-controls', list.id)
  open = { popup, anchor, onClose }

  const holder = () => (field.isConnected ? field : list)
  const entries = () => [...list.querySelectorAll('.menu-item:not([hidden])')]
  let active = null
  const activate = (item) => {
    active?.classList.remove('active')
    active = item ?? null
    if (!active) return holder().removeAttribute('aria-activedescendant')
    active.classList.add('active')
    active.scrollIntoView({ block: 'nearest' })
    holder().setAttribute('aria-activedescendant', active.id)
  }
  const tick = () => {
    if (role !== 'listbox') return
    const values = chosen()
    for (const item of entries()) item.setAttribute('aria-selected', values.includes(item.dataset.value))
  }
  const choose = (item) => {
    if (!item) return
    if (!multi) closeMenu()
    onChoose(item)
    if (multi) tick()
  }

  let typed = ''
  let forget = 0
  const lookUp = (key) => {
    clearTimeout(forget)
    forget = setTimeout(() => { typed = '' }, 700)
    typed += key.toLowerCase()
    return entries().find((item) => item.textContent.trim().toLowerCase().startsWith(typed)) ?? active
  }

  let turn = 0
  const fill = async () => {
    const mine = ++turn
    if (field.value.length < minQuery) return list.replaceChildren(remark('Type to search'))
    let fragment
    try {
      fragment = await items(field.value)
    } catch (error) {
      fragment = remark(error.message)
    }
    if (mine !== turn || !popup.isConnected) return
    list.replaceChildren(fragment)
    const shown = entries()
    shown.forEach((item, i) => {
      item.id = `menu-item-${i}`
      if (role === 'menu') item.setAttribute('role', 'menuitem')
    })
    if (!shown.length && !list.childElementCount) list.append(remark('Nothing found'))
    if (search || shown.length > 9) showSearch()
    tick()
    activate(shown.find((item) => item.getAttribute('aria-selected') === 'true') ?? shown[0])
    place(popup, anchor)
  }
  const showSearch = () => {
    if (field.isConnected) return
    popup.prepend(field)
    field.focus()
  }

  field.addEventListener('input', () => setTimeout(fill, search ? 120 : 0))
  popup.addEventListener('pointermove', (event) => {
    const item = event.target.closest('.menu-item')
    if (item && item !== active) activate(item)
  })
  popup.addEventListener('click', (event) => choose(event.target.closest('.menu-item')))
  popup.addEventListener('keydown', (event) => {
    const shown = entries()
    const at = shown.indexOf(active)
    const moves = {
      ArrowDown: () => activate(shown[(at + 1) % shown.length]),
      ArrowUp: () => activate(shown[(at - 1 + shown.length) % shown.length]),
      Home: () => activate(shown[0]),
      End: () => activate(shown.at(-1)),
      Enter: () => choose(active),
      Escape: () => closeMenu(),
      Tab: () => closeMenu(),
    }
    if (event.key === ' ' && !field.isConnected && !typed) choose(active)
    else if (moves[event.key]) moves[event.key]()
    else if (event.key.length === 1 && !field.isConnected) activate(lookUp(event.key))
    else return
    event.preventDefault()
    event.stopPropagation()
  })

  if (search) showSearch()
  else list.focus()
  place(popup, anchor)
  return fill()
}

/** Filters ready entries by what was typed. */
export const filtered = (template) => (query) => {
  const fragment = template.content.cloneNode(true)
  for (const item of fragment.querySelectorAll('.menu-item')) {
    if (!item.textContent.toLowerCase().includes(query.toLowerCase())) item.remove()
  }
  return fragment
}

function remark(text) {
  const note = document.createElement('li')
  note.className = 'menu-note'
  note.role = 'presentation'
  note.textContent = text
  return note
}

function place(popup, anchor) {
  popup.style.left = '0' // so that the edge of the window does not narrow it
  const at = anchor.getBoundingClientRect()
  const { offsetWidth: width, offsetHeight: height } = popup
  const below = at.bottom + 4 + height <= innerHeight || at.top < innerHeight / 2
  popup.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`
  popup.style.top = `${Math.max(8, Math.min(below ? at.bottom + 4 : at.top - 4 - height, innerHeight - height - 8))}px`
}

document.addEventListener('pointerdown', (event) => {
  if (open && !open.popup.contains(event.target) && !open.anchor.contains(event.target)) closeMenu({ focus: false })
})
addEventListener('resize', () => closeMenu({ focus: false }))
document.addEventListener('scroll', (event) => {
  if (open && !open.popup.contains(event.target)) follow()
}, true)
document.addEventListener('shown', () => { if (open) follow() })

/** Keeps the open menu at its anchor, which moves when a message arrives; closes it when the anchor has gone out of sight. */
function follow() {
  const { top, bottom, height } = open.anchor.getBoundingClientRect()
  if (!height || bottom < 0 || top > innerHeight) closeMenu({ focus: false })
  else place(open.popup, open.anchor)
}
