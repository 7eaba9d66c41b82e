// Going from place to place, and drawing the current place again when something has changed.
import { act, me } from './send.js'
import { sync } from './sync.js'

const readTo = new Map() // per channel: where the person had read to when it was opened
let drawing = null
let again = false
let asked = 0 // refreshes
let departures = 0
let arrivals = 0

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
  asked++
  if (drawing) {
    again = true
    return drawing
  }
  drawing = draw()
  return drawing
}

async function draw() {
  do {
    again = false
    const here = arrivals
    try {
      const { url, page } = await load(location.pathname + readMark())
      if (here !== arrivals) again = true
      else if (url.pathname === location.pathname) show(page)
      else visit(url.pathname) // the place is gone
    } catch {
      // The stream of changes reconnects when the simulator is back, and asks again.
    }
  } while (again)
  drawing = null
}

/** Goes to one of the page's addresses without loading a document. Who sets off again before arriving goes only there. */
export async function visit(address, { push = true } = {}) {
  const departure = ++departures
  const known = asked
  let loaded
  try {
    loaded = await load(address)
  } catch {
    if (departure === departures) location.assign(address)
    return
  }
  if (departure !== departures) return
  arrivals++
  const before = { user: me(), place: document.body.dataset.place, key: main().dataset.key }
  if (push) history.pushState(null, '', loaded.url.pathname)
  document.documentElement.classList.remove('sidebar-open')
  if (main().dataset.channel !== loaded.page.getElementById('main').dataset.channel) readTo.delete(`${me()}/${main().dataset.channel}`)
  Object.assign(document.body.dataset, loaded.page.body.dataset)
  show(loaded.page)
  if (main().dataset.key !== before.key) readMark()
  document.dispatchEvent(new CustomEvent('arrived', { detail: before }))
  if (asked !== known) refresh() // what changed on the way may be missing here
}

function show(page) {
  document.title = page.title
  sync(document.body, page.body)
  document.dispatchEvent(new CustomEvent('shown'))
}

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
