// How the page talks to its server.

/** Who this tab is. */
export const me = () => document.body.dataset.user

/** Posts body to one of the page's own addresses and returns the answer; throws an Error with a sentence for people. */
export const post = (path, body) => send(path, 'application/json', JSON.stringify(body))

/** Posts a file to one of the page's own addresses, as post does. */
export const upload = (path, file) => send(`${path}?name=${encodeURIComponent(file.name)}`, 'application/octet-stream', file)

async function send(path, type, body) {
  let response
  try {
    response = await fetch(path, { method: 'POST', headers: { 'Content-Type': type }, body })
  } catch {
    throw new Error('The simulator does not answer. Is it still running?')
  }
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error(answer.error ?? `The simulator answered ${response.status}.`)
  return answer
}

/** Does something as the person of this tab. */
export const act = (action, body) => post(`/page/as/${me()}/${action}`, body)

/** Says something in the corner for a few seconds. */
export function toast(text) {
  const box = document.createElement('div')
  box.className = 'toast'
  box.textContent = text
  document.getElementById('toasts').append(box)
  setTimeout(() => box.remove(), 5000)
}
