// The first-run strip and the form that sends a signal.
import { post, toast } from './send.js'

const done = () => new Set(JSON.parse(localStorage.getItem('steps') ?? '[]'))

/** Shows the strip with the steps taken so far, unless it was hidden or everything is done. */
export function showSteps() {
  const strip = document.getElementById('first-run')
  if (!strip) return
  const taken = done()
  strip.hidden = taken.has('hidden')
  for (const step of strip.querySelectorAll('[data-step]')) step.classList.toggle('done', taken.has(step.dataset.step))
}

/** Notes that a step was taken. */
export function finished(step) {
  localStorage.setItem('steps', JSON.stringify([...done().add(step)]))
  showSteps()
}

const dialog = document.getElementById('signal')
const form = dialog?.querySelector('form')

function fill() {
  const sample = form.sample.selectedOptions[0]
  form.type.value = sample.value
  form.data.value = sample.dataset.sample
}

/** Opens the form. */
export function openSignal() {
  if (!form.type.value) fill()
  dialog.showModal()
  form.account.focus()
  form.account.select()
}

form?.sample.addEventListener('change', fill)
form?.addEventListener('submit', async (event) => {
  event.preventDefault()
  const error = form.querySelector('.form-error')
  const button = form.querySelector('[type=submit]')
  button.setAttribute('aria-busy', 'true')
  error.hidden = true
  try {
    await post('/page/signal', { signal: { type: form.type.value, account: form.account.value, data: form.data.value } })
    dialog.close()
    finished('signal')
    toast(`Sent ${form.type.value} about ${form.account.value}.`)
  } catch (problem) {
    error.textContent = problem.message
    error.hidden = false
  } finally {
    button.removeAttribute('aria-busy')
  }
})
