// What people do with the elements of messages, modals and the Home tab.
import { act, toast } from './send.js'
import { agreed } from './confirm.js'
import { openMenu, filtered } from './menu.js'
import { refresh } from './navigate.js'
import { finished } from './steps.js'
import { filesOf, take } from './files.js'

const surface = (node) => node.closest('[data-view], [data-message]')

/** Names the message or view that node is in, for the simulator. */
function whereabouts(node) {
  const { view, message, channel } = surface(node).dataset
  return view ? { view } : { channel, ts: message }
}

const identity = ({ dataset }) => ({ block_id: dataset.blockId, action_id: dataset.actionId, type: dataset.element })

/** What an element shows, see slacksim.Input. */
function values(element) {
  const checked = () => [...element.querySelectorAll('input:checked')].map((input) => input.value)
  const typed = () => element.querySelector('input, textarea').value
  switch (element.dataset.kind) {
    case 'button': case 'icon_button': case 'feedback_buttons': case 'overflow': return []
    case 'file_input': return filesOf(element)
    case 'choice': case 'choices': return [...element.querySelectorAll('.chosen')].map((one) => one.dataset.value)
    case 'checkboxes': case 'radio_buttons': return checked()
    case 'rich_text_input': return typed() ? [richText(typed())] : []
    default: return typed() === '' ? [] : [typed()]
  }
}

const richText = (text) => JSON.stringify({
  type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
})

const stateful = (element) => !['button', 'icon_button', 'feedback_buttons', 'overflow', 'workflow_button'].includes(element.dataset.kind)

const state = (root) => [...root.querySelectorAll('.element[data-element]')].filter(stateful)
  .map((element) => ({ ...identity(element), values: values(element) }))

/** Tells the app what was pressed or chosen; control shows that it is under way. */
async function press(element, chosen, control) {
  if (!await agreed(element)) return false
  const where = whereabouts(element)
  if (control.getAttribute('aria-busy') === 'true') return false
  control.setAttribute('aria-busy', 'true')
  complain({ ...where, text: '' })
  try {
    await act('press', { ...where, ...identity(element), values: chosen, state: state(surface(element)) })
    finished('press')
  } catch (error) {
    complain({ ...where, text: error.message })
  } finally {
    control.removeAttribute('aria-busy')
  }
  return true
}

/** Shows a complaint where it belongs: under the message or in the modal; an empty text takes it away. */
export function complain({ view, ts, text }) {
  const place = view ? document.querySelector(`[data-view="${view}"]`) : ts && document.querySelector(`[data-message="${ts}"]`)
  const line = place?.querySelector('.press-error')
  if (line) {
    line.textContent = text
    line.hidden = !text
  } else if (text && (view || ts)) toast(text)
}

const touched = (element) => { element.dataset.touched = '' }

/** An element in an input block tells the app of changes only if the block asks for it. */
const dispatches = (element) => {
  const block = element.closest('.block.input')
  return !block || 'dispatch' in block.dataset
}

function openSelect(element, button) {
  const multi = element.dataset.kind === 'choices'
  const { source, max, minQuery } = element.dataset
  const label = button.querySelector('.select-label')
  const before = values(element).join('\n')
  const suggestions = async (text) => {
    const where = { ...whereabouts(element), ...identity(element), state: state(surface(element)), source, text }
    const holder = document.createElement('template')
    holder.innerHTML = (await act('options', where)).html
    return holder.content
  }
  openMenu(button, {
    label: button.dataset.name,
    items: source ? suggestions : filtered(element.querySelector('template.menu')),
    search: Boolean(source),
    minQuery: source === 'external' ? Number(minQuery ?? 3) : 0,
    multi,
    chosen: () => values(element),
    onChoose: async (item) => {
      const previous = [...label.childNodes].map((node) => node.cloneNode(true))
      choose(label, item, multi, Number(max) || Infinity)
      touched(element)
      if (!multi && dispatches(element) && !await press(element, values(element), button)) label.replaceChildren(...previous)
    },
    onClose: () => {
      if (multi && dispatches(element) && values(element).join('\n') !== before) press(element, values(element), button)
    },
  })
}

function choose(label, item, multi, max) {
  const entry = document.createElement('span')
  entry.className = 'chosen'
  entry.dataset.value = item.dataset.value
  entry.append(...item.querySelector('.menu-text').cloneNode(true).childNodes)
  if (!multi) return label.replaceChildren(entry)
  const same = [...label.querySelectorAll('.chosen')].find((one) => one.dataset.value === item.dataset.value)
  if (same) same.remove()
  else if (label.querySelectorAll('.chosen').length < max) label.append(entry)
  label.querySelector('.placeholder')?.remove()
  if (!label.childElementCount) {
    const placeholder = document.createElement('span')
    placeholder.className = 'placeholder'
    placeholder.textContent = label.dataset.placeholder
    label.append(placeholder)
  }
}

function openOverflow(element, button) {
  openMenu(button, {
    role: 'menu',
    label: 'More actions',
    items: filtered(element.querySelector('template.menu')),
    onChoose: (item) => {
      if (item.dataset.url) open(item.dataset.url, '_blank', 'noopener')
      press(element, [item.dataset.value], button)
    },
  })
}

const clicks = {
  button: (element, button) => press(element, [], button),
  workflow_button: (element, button) => press(element, [], button),
  icon_button: (element, button) => press(element, [], button),
  feedback_buttons: (element, button) => press(element, [button.dataset.value], button),
  choice: openSelect,
  choices: openSelect,
  overflow: openOverflow,
}

async function submit(form) {
  const button = form.querySelector('[type=submit]')
  if (!button || button.getAttribute('aria-busy') === 'true') return
  button.setAttribute('aria-busy', 'true')
  form.classList.add('busy')
  showErrors(form, {})
  complain({ view: form.dataset.view, text: '' })
  try {
    const { errors } = await act('submit', { view: form.dataset.view, state: state(form) })
    if (errors) showErrors(form, errors)
    else await refresh()
  } catch (error) {
    complain({ view: form.dataset.view, text: error.message })
  } finally {
    button.removeAttribute('aria-busy')
    form.classList.remove('busy')
  }
}

function showErrors(form, errors) {
  for (const block of form.querySelectorAll('[data-input]')) {
    const text = errors[block.dataset.input]
    const line = block.querySelector('.input-error')
    line.textContent = text ?? ''
    line.hidden = !text
    block.classList.toggle('wrong', Boolean(text))
    block.querySelector('input, textarea, .select')?.setAttribute('aria-invalid', Boolean(text))
  }
  form.querySelector('.input.wrong')?.querySelector('input, textarea, .select')?.focus()
}

document.addEventListener('click', (event) => {
  const button = event.target.closest('button, a.button')
  const element = button?.closest('.element')
  if (element) clicks[element.dataset.kind]?.(element, button)
})

document.addEventListener('change', (event) => {
  const element = event.target.closest('.element')
  if (!element) return
  touched(element)
  if (element.dataset.kind === 'file_input') return addFiles(element, event.target)
  const immediate = ['checkboxes', 'radio_buttons', 'datepicker', 'timepicker', 'datetimepicker'].includes(element.dataset.kind)
  if (immediate && dispatches(element)) press(element, values(element), event.target)
})

async function addFiles(element, field) {
  fileError(element, '')
  try {
    await take(element, field)
  } catch (error) {
    fileError(element, error.message)
  }
}

function fileError(element, text) {
  const line = element.closest('.input').querySelector('.input-error')
  line.textContent = text
  line.hidden = !text
}

const typing = new WeakMap()
document.addEventListener('input', (event) => {
  const element = event.target.closest('.element')
  if (!element) return
  touched(element)
  const block = element.closest('.block.input')
  block?.classList.remove('wrong')
  if (event.target.dataset.presses !== 'change' || !dispatches(element)) return
  clearTimeout(typing.get(element))
  typing.set(element, setTimeout(() => act('press', {
    ...whereabouts(element), ...identity(element), values: values(element), state: state(surface(element)),
  }).catch((error) => complain({ ...whereabouts(element), text: error.message })), 300))
})

document.addEventListener('keydown', (event) => {
  const element = event.target.closest?.('.element')
  if (event.key !== 'Enter' || !element || !event.target.matches('input[data-presses], textarea[data-presses]')) return
  if (event.target.matches('textarea') && !event.metaKey && !event.ctrlKey) return
  if (element.closest('[data-dispatch]')) {
    event.preventDefault()
    press(element, values(element), event.target)
  } else if (event.target.matches('textarea')) submit(element.closest('form'))
})

document.addEventListener('submit', (event) => {
  if (!event.target.matches('[data-modal]')) return
  event.preventDefault()
  submit(event.target)
})
