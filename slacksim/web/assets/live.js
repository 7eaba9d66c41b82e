// Hears of changes and shows them.
import { me } from './send.js'
import { refresh } from './navigate.js'
import { complain } from './elements.js'
import { updateLog } from './log.js'

let stream = null

/** Listens for the person and place of this tab, instead of those before. */
export function listen() {
  stream?.close()
  const log = document.body.dataset.place === 'log'
  stream = new EventSource(`/page/as/${me()}/events${log ? '?log' : ''}`)
  stream.onopen = refresh // for what changed while nobody listened
  stream.onmessage = async (message) => {
    const changes = JSON.parse(message.data)
    if (log && changes.some((change) => change.kind === 'log')) updateLog()
    if (changes.every((change) => change.kind === 'log')) return
    await refresh()
    for (const change of changes) if (change.kind === 'failure') complain(change)
  }
}
