// What admins do, and what people say about themselves: the menus of channels and messages, and the dialog about a person.
import { act, toast } from './send.js'
import { refresh, visit } from './navigate.js'
import { openMenu, filtered } from './menu.js'
import { ask } from './confirm.js'

const complain = (error) => toast(error.message)

const here = () => document.getElementById('main').dataset.channel

const actions = {
  shortcut: (where, item) => act('shortcut', { ...where, callback_id: item.dataset.value }),
  freeze: (where) => act('freeze', { ...where, add: true }),
  thaw: (where) => act('freeze', { ...where, add: false }),
  async delete(where) {
    if (await ask({ title: 'Delete message', text: 'Delete this message for everybody? It cannot be brought back.', yes: 'Delete', danger: true })) await act('delete', where)
  },
}

/** Opens the menu of a message. */
export function openMore(button) {
  const { message: ts, channel } = button.closest('[data-message]').dataset
  openMenu(button, {
    role: 'menu', label: 'Message actions', items: filtered(button.nextElementSibling),
    onChoose: (item) => actions[item.dataset.action]({ channel, ts }, item).catch(complain),
  })
}

/** Opens the menu of the channel on screen. */
export function openChannel(button) {
  openMenu(button, { role: 'menu', label: 'Channel actions', items: filtered(button.nextElementSibling), onChoose: (item) => change(item).catch(complain) })
}

async function change(item) {
  const words = item.textContent.trim()
  if (item.dataset.ask && !await ask({ title: words, text: item.dataset.ask, yes: words, danger: true })) return
  await act('channel', { channel: here(), verb: item.dataset.value })
}

/** Brings the channel on screen back from the archive. */
export const unarchive = () => act('channel', { channel: here(), verb: 'unarchive' })

const dialog = () => document.getElementById('profile')

/** Opens the dialog about the person of this tab. */
export function openProfile() {
  dialog().querySelector('form').reset()
  dialog().querySelector('.form-error').hidden = true
  dialog().showModal()
  dialog().querySelector('[name=text]').select()
}

/** Empties the status in the dialog. */
export function clearStatus(button) {
  const { form } = button
  form.text.value = ''
  form.for.value = ''
  form.text.focus()
}

/** Activates somebody's account again. */
export async function revive(button) {
  await act('profile', { profile: { who: button.dataset.who, account: 'member' } })
  await refresh()
}

document.addEventListener('change', ({ target }) => {
  if (target.name !== 'emoji' || !target.form?.dataset.profile) return
  const known = [...target.options].map((option) => option.dataset.words)
  if (target.form.text.value === '' || known.includes(target.form.text.value)) target.form.text.value = target.selectedOptions[0].dataset.words
})

document.addEventListener('submit', async (event) => {
  const form = event.target.closest('[data-profile]')
  if (!form) return
  event.preventDefault()
  const error = form.querySelector('.form-error')
  const text = form.text.value.trim()
  try {
    await act('profile', { profile: {
      who: form.dataset.profile, account: form.account.value, status: { text, emoji: text && form.emoji.value, for: text && form.for.value },
    } })
    dialog().close()
    if (form.account.value === 'deactivated') await visit('/')
    else await refresh()
  } catch (problem) {
    error.textContent = problem.message
    error.hidden = false
  }
})
