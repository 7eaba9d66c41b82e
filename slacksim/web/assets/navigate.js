// Going from place to place, and drawing the current place again when something has changed.
import { act, me } from './send.js'
import { sync } from './sync.js'

const readTo = new Map() // per channel: where the person had read to when it was opened
let drawing = null
let again = false

const main = () => document.getElementById('main')

/** Where the New line stays while a channel is open. */
function readMark() {
  const { channel, lastRead } = main().dataset
  if (!channel) return ''
  const key = `${me()}/${channel}`
  if (!readTo.has(key)) readTo.set(key, lastRead || '0')
  return `?read=${readTo.get(key)}`
}

async function load(address) {
  const response = await fetch(address, { headers: { Accept: 'text/html' } })
  if (!response.ok) throw new Error(await response.text())
  return { url: new URL(response.url), page: new DOMParser().parseFromString(await response.text(), 'text/html') }
}

/** Asks for the current place again and shows what differs. Calls that come meanwhile are one more round. */
export function refresh() {
  if (drawing) {
    again = true
    return drawing
  }
  drawing = (async () => {
    do {
      again = false
      const address = location.pathname
      try {
        const { page } = await load(address + readMark())
        if (location.pathname === address) show(page)
      } catch {
        // The stream of changes reconnects when the simulator is back, and asks again.
      }
    } while (again)
  })().finally(() => { drawing = null })
  return drawing
}

/** Goes to one of the page's addresses without loading a document. */
export async function visit(address, { push = true } = {}) {
  const before = { user: me(), place: document.body.dataset.place, key: main().dataset.key }
  let loaded
  try {
    loaded = await load(address)
  } catch {
    location.assign(address)
    return
  }
  if (push) history.pushState(null, '', loaded.url.pathname)
  document.documentElement.classList.remove('sidebar-open')
  if (main().dataset.channel !== loaded.page.getElementById('main').dataset.channel) readTo.delete(`${me()}/${main().dataset.channel}`)
  Object.assign(document.body.dataset, loaded.page.body.dataset)
  show(loaded.page)
  if (main().dataset.key !== before.key) readMark()
  document.dispatchEvent(new CustomEvent('arrived', { detail: before }))
}

function show(page) {
  const pinned = new Set([...document.querySelectorAll('[data-scroll]')].filter(atEnd))
  const known = new Set(document.querySelectorAll('[data-scroll]'))
  document.title = page.title
  sync(document.body, page.body)
  for (const scroll of document.querySelectorAll('[data-scroll]')) {
    if (pinned.has(scroll) || !known.has(scroll)) scroll.scrollTop = scroll.scrollHeight
  }
  document.dispatchEvent(new CustomEvent('shown'))
}

const atEnd = (scroll) => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60

let told = ''

/** Tells the simulator that what is on screen has been read. */
export function markRead() {
  const { channel, latest, lastRead } = main().dataset
  if (!channel || document.hidden || !latest || latest <= (lastRead ?? '')) return
  readMark()
  const word = `${me()}/${channel}/${latest}`
  if (told === word) return
  told = word
  act('read', { channel, ts: latest }).catch(() => { told = '' })
}
