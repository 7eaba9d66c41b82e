// The field to write in: commands with suggestions, history, drafts.
import { act, me } from './send.js'
import { finished } from './steps.js'

const key = (form, kind) => `${kind}/${me()}/${form.closest('[data-channel]').dataset.channel}/${form.dataset.thread}`
const field = (form) => form.querySelector('textarea')
const list = (form) => form.querySelector('.suggestions')
const stored = (name) => JSON.parse(sessionStorage.getItem(name) ?? '[]')

/** The name of the command that is being typed, "" while there is none. */
const typedCommand = (text) => /^\/\S*/.exec(text)?.[0] ?? ''

function suggest(form) {
  const text = field(form).value
  const name = typedCommand(text)
  const choosing = name !== '' && name === text
  let first = null
  for (const item of list(form).children) {
    const fits = choosing && item.dataset.name.toLowerCase().startsWith(name.toLowerCase())
    item.hidden = !fits
    item.removeAttribute('aria-selected')
    first ??= fits ? item : null
  }
  list(form).hidden = !first
  select(form, first)
  const used = !choosing && [...list(form).children].find((item) => item.dataset.name.toLowerCase() === name.toLowerCase())
  const usage = form.querySelector('.usage')
  usage.hidden = !used || !used.dataset.hint
  if (!usage.hidden) {
    const command = document.createElement('b')
    command.textContent = used.dataset.name
    usage.replaceChildren(command, ` ${used.dataset.hint}`)
  }
  form.classList.toggle('ready', text.trim() !== '')
  say(form, '')
}

function select(form, item) {
  for (const other of list(form).children) other.removeAttribute('aria-selected')
  item?.setAttribute('aria-selected', 'true')
  item?.scrollIntoView({ block: 'nearest' })
  if (item) field(form).setAttribute('aria-activedescendant', item.id)
  else field(form).removeAttribute('aria-activedescendant')
}

const selected = (form) => (list(form).hidden ? null : list(form).querySelector('[aria-selected]'))

function move(form, by) {
  const items = [...list(form).children].filter((item) => !item.hidden)
  select(form, items[(items.indexOf(selected(form)) + by + items.length) % items.length])
}

function complete(form, item) {
  write(form, `${item.dataset.name} `)
}

/** Puts text into the field as if it had been typed. */
export function write(form, text) {
  field(form).value = text
  field(form).focus()
  field(form).setSelectionRange(text.length, text.length)
  field(form).dispatchEvent(new InputEvent('input', { bubbles: true }))
}

function say(form, text) {
  const line = form.querySelector('.composer-error')
  line.textContent = text
  line.hidden = !text
}

async function send(form) {
  const text = field(form).value.trim()
  if (!text || form.classList.contains('busy')) return
  const history = stored(key(form, 'history')).filter((line) => line !== text)
  sessionStorage.setItem(key(form, 'history'), JSON.stringify([...history, text].slice(-50)))
  sessionStorage.removeItem(key(form, 'draft'))
  recalled = null
  form.classList.add('busy')
  write(form, '')
  try {
    await act('send', { channel: form.closest('[data-channel]').dataset.channel, thread: form.dataset.thread, text })
    if (text.startsWith('/')) finished('command')
  } catch (error) {
    if (field(form).value === '') write(form, text)
    say(form, error.message)
  } finally {
    form.classList.remove('busy')
  }
}

let recalled = null // how far back in the history, null when not in it

function recall(form, by) {
  const history = stored(key(form, 'history'))
  const at = (recalled ?? history.length) + by
  if (at < 0 || !history.length) return
  recalled = at < history.length ? at : null
  write(form, history[at] ?? '')
  list(form).hidden = true
}

/** Brings back what was being typed here before. */
export function restore() {
  for (const form of document.querySelectorAll('[data-composer]')) {
    if ('restored' in form.dataset) continue
    form.dataset.restored = ''
    field(form).value = sessionStorage.getItem(key(form, 'draft')) ?? ''
    suggest(form)
    list(form).hidden = true
  }
}

document.addEventListener('input', (event) => {
  const form = event.target.closest('[data-composer]')
  if (!form) return
  sessionStorage.setItem(key(form, 'draft'), field(form).value)
  suggest(form)
})

document.addEventListener('keydown', (event) => {
  const form = event.target.closest?.('[data-composer]')
  if (!form || event.isComposing) return
  const item = selected(form)
  const empty = field(form).value === ''
  const whole = item && field(form).value.toLowerCase() === item.dataset.name.toLowerCase()
  if (event.key === 'ArrowDown' && item) move(form, 1)
  else if (event.key === 'ArrowUp' && item) move(form, -1)
  else if (event.key === 'Tab' && item && !event.shiftKey) complete(form, item)
  else if (event.key === 'Escape' && item) list(form).hidden = true
  else if (event.key === 'Enter' && item && !event.shiftKey && !whole) complete(form, item)
  else if (event.key === 'Enter' && !event.shiftKey) send(form)
  else if (event.key === 'ArrowUp' && (empty || recalled !== null)) recall(form, -1)
  else if (event.key === 'ArrowDown' && recalled !== null) recall(form, 1)
  else {
    if (event.key.length === 1) recalled = null
    return
  }
  event.preventDefault()
  event.stopPropagation()
})

document.addEventListener('submit', (event) => {
  if (!event.target.matches('[data-composer]')) return
  event.preventDefault()
  send(event.target)
})

document.addEventListener('pointerdown', (event) => {
  const item = event.target.closest('.suggestion')
  if (!item) return
  event.preventDefault()
  complete(item.closest('form'), item)
})

document.addEventListener('focusout', (event) => {
  const form = event.target.closest?.('[data-composer]')
  if (form) list(form).hidden = true
})

/** "/" anywhere outside a field starts a command. */
document.addEventListener('keydown', (event) => {
  const form = document.querySelector('#main [data-composer]')
  if (event.key !== '/' || !form || event.ctrlKey || event.metaKey || event.target.closest('input, textarea, select, [role=dialog], dialog, .menu-popup')) return
  event.preventDefault()
  write(form, '/')
})
