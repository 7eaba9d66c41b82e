// The protocol log and the faults panel.
import { post, toast } from './send.js'
import { renew } from './sync.js'
import { refresh } from './navigate.js'

const kept = 300
const filter = { text: '', show: '' }
let asking = false
let again = false

const entries = () => document.getElementById('log-entries')

/** Adds what is new in the log on top and redraws what has changed. */
export async function updateLog() {
  if (!entries()) return
  if (asking) {
    again = true
    return
  }
  asking = true
  try {
    do {
      again = false
      const response = await fetch(`/page/log?after=${entries().dataset.next}`)
      const page = new DOMParser().parseFromString(await response.text(), 'text/html')
      merge(page.getElementById('log-entries'))
    } while (again)
  } catch {
    // The stream of changes reconnects when the simulator is back, and asks again.
  } finally {
    asking = false
  }
}

function merge(fresh) {
  const list = entries()
  if (!list || !fresh) return
  list.dataset.next = fresh.dataset.next
  for (const entry of [...fresh.children].reverse()) {
    const mine = list.querySelector(`[data-key="${entry.dataset.key}"]`)
    if (mine) renew(mine, entry)
    else list.prepend(document.importNode(entry, true))
  }
  while (list.childElementCount > kept) list.lastElementChild.remove()
  applyFilter()
}

/** Shows the entries that fit the filter. */
export function applyFilter() {
  if (!entries()) return
  const words = filter.text.toLowerCase().split(/\s+/)
  let shown = 0
  for (const entry of entries().children) {
    const fits = words.every((word) => entry.dataset.words.includes(word)) &&
      (!filter.show || (filter.show === 'failed' ? entry.classList.contains('failed') : entry.dataset.direction === filter.show))
    entry.hidden = !fits
    shown += fits
  }
  document.querySelector('.log-count').textContent = `${shown} of ${entries().childElementCount}`
}

document.addEventListener('input', ({ target }) => {
  if (target.id === 'log-filter') filter.text = target.value
  else if (target.name === 'log-show') filter.show = target.value
  else return
  applyFilter()
})

async function fault(order) {
  await post('/page/faults', { fault: order })
  await refresh()
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-fault], [data-copy]')
  if (!button) return
  try {
    if (button.dataset.copy) {
      await navigator.clipboard.writeText(button.dataset.copy)
      toast(button.dataset.copy.includes('$SLACK') ? 'Copied. Set $SLACK_BOT_TOKEN, or whichever it names, before you run it.' : 'Copied.')
    } else await fault(JSON.parse(button.dataset.fault))
  } catch (error) {
    toast(error.message)
  }
})

document.addEventListener('change', ({ target }) => {
  if ('limit' in target.dataset) fault({ do: 'limit', on: target.checked }).catch((error) => toast(error.message))
})

document.addEventListener('submit', async (event) => {
  const form = event.target.closest('[data-fault-form]')
  if (!form) return
  event.preventDefault()
  const error = form.querySelector('.form-error')
  error.hidden = true
  try {
    await fault({
      do: 'inject', kind: form.kind.value, method: form.method.value.trim(), channel: form.channel.value.trim(),
      seconds: Number(form.seconds.value), count: Number(form.count.value),
    })
  } catch (problem) {
    error.textContent = problem.message
    error.hidden = false
  }
})
