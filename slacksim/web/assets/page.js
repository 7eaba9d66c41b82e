// Wires the page up.
import { act, toast } from './send.js'
import { remember } from './sync.js'
import { markRead, refresh, visit } from './navigate.js'
import { listen } from './live.js'
import { restore, write } from './composer.js'
import { finished, openSignal, showSteps } from './steps.js'
import { clearStatus, openChannel, openMore, openProfile, revive, unarchive } from './admin.js'
import { applyFilter } from './log.js'
import { keepAtEnd } from './scroll.js'
import './elements.js'

const root = document.documentElement

const dos = {
  theme() {
    const dark = getComputedStyle(root).colorScheme === 'dark' || (!root.dataset.theme && matchMedia('(prefers-color-scheme: dark)').matches)
    root.dataset.theme = dark ? 'light' : 'dark'
    localStorage.setItem('theme', root.dataset.theme)
  },
  sidebar() {
    root.classList.add('sidebar-open')
    document.querySelector('#sidebar .place.current')?.focus()
  },
  join: () => act('join', { channel: document.getElementById('main').dataset.channel }),
  react: (button) => {
    const { message: ts, channel } = button.closest('[data-message]').dataset
    return act('react', { channel, ts, text: button.dataset.emoji, add: button.getAttribute('aria-pressed') !== 'true' })
  },
  more: openMore,
  channel: openChannel,
  unarchive,
  profile: openProfile,
  'clear-status': clearStatus,
  revive,
  back: (button) => close(button, false),
  'close-all': (button) => close(button, true),
  'close-dialog': (button) => button.closest('dialog').close(),
  try: (button) => write(document.querySelector('#main [data-composer]'), button.dataset.text),
  signal: openSignal,
  dismiss: () => finished('hidden'),
}

async function close(button, all) {
  await act('close', { view: button.closest('[data-view]').dataset.view, all })
  await refresh()
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-do]')
  if (!button) return
  try {
    await dos[button.dataset.do](button)
  } catch (error) {
    toast(error.message)
  }
})

document.addEventListener('click', (event) => {
  const link = event.target.closest('a[href^="/client/"]')
  if (root.classList.contains('sidebar-open') && !event.target.closest('#sidebar, .menu-toggle')) root.classList.remove('sidebar-open')
  if (!link || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button) return
  event.preventDefault()
  visit(link.getAttribute('href'))
})

addEventListener('popstate', () => visit(location.pathname, { push: false }))
document.addEventListener('visibilitychange', markRead)

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return
  const modal = topModal()
  if (modal) return close(modal.querySelector('[data-do="back"]'), false)
  if (root.classList.contains('sidebar-open')) return root.classList.remove('sidebar-open')
  const panel = document.querySelector('[data-close-panel]')
  if (panel) visit(panel.getAttribute('href'))
})

const topModal = () => document.querySelector('.scrim:not([hidden]) [data-modal]')
let shownModal = ''
let opener = null

/** Keeps the keyboard inside the top modal, and gives it back afterwards. */
function attendModal() {
  const modal = topModal()
  document.getElementById('app').inert = Boolean(modal)
  const view = modal?.dataset.view ?? ''
  if (view === shownModal) return
  if (!shownModal) opener = document.activeElement
  shownModal = view
  if (!modal) return opener?.isConnected ? opener.focus() : focusComposer()
  const first = modal.querySelector('[data-focus] :is(input, textarea, button)') ??
    modal.querySelector('.modal-body :is(input, textarea, .select)') ?? modal.querySelector('[type=submit]') ?? modal.querySelector('.modal-body')
  first.focus()
}

const focusComposer = (inside = '#main') => {
  if (!matchMedia('(pointer: coarse)').matches) document.querySelector(`${inside} [data-composer] textarea`)?.focus({ preventScroll: true })
}

function afterDraw() {
  keepAtEnd()
  restore()
  showSteps()
  applyFilter()
  attendModal()
  markRead()
}

document.addEventListener('shown', afterDraw)
document.addEventListener('arrived', ({ detail: before }) => {
  const { user, place } = document.body.dataset
  const logged = (name) => name === 'log'
  if (user !== before.user || logged(place) !== logged(before.place)) listen()
  enter(before)
})

/** Does what opening a place means: the app hears of its Home tab, the keyboard is where one writes. */
function enter(before) {
  const { user, place } = document.body.dataset
  if (place === 'home' && (before.place !== 'home' || before.user !== user)) act('home', {}).catch((error) => toast(error.message))
  if (!shownModal) focusComposer(document.querySelector('[data-thread]') && location.pathname.split('/').length > 4 ? '#panel' : '#main')
}

remember(document)
listen()
afterDraw()
enter({})
