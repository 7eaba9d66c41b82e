// Files that people put into a file_input: they are uploaded at once, and submitted by id.
import { me, upload } from './send.js'

const list = (element) => element.querySelector('.chosen-files')

/** The ids of the files that an element holds. */
export const filesOf = (element) => [...list(element).children].map((entry) => entry.dataset.file)

/** Uploads what was chosen in field, as many files as the element takes; throws an Error with a sentence for people. */
export async function take(element, field) {
  const room = Number(element.dataset.max) - list(element).childElementCount
  const files = [...field.files]
  field.value = ''
  if (files.length > room) throw new Error(`Up to ${element.dataset.max} can be uploaded here.`)
  const button = field.closest('.button')
  button.setAttribute('aria-busy', 'true')
  try {
    for (const file of files) list(element).append(entry(await upload(`/page/as/${me()}/files`, file)))
  } finally {
    button.removeAttribute('aria-busy')
  }
}

function entry({ id, name, size }) {
  const item = document.createElement('li')
  item.className = 'chosen-file'
  item.dataset.file = id
  const words = document.createElement('span')
  words.textContent = `${name} (${size})`
  const remove = document.createElement('button')
  remove.type = 'button'
  remove.className = 'icon-button'
  remove.setAttribute('aria-label', `Remove ${name}`)
  remove.textContent = '×'
  remove.onclick = () => item.remove()
  item.append(words, remove)
  return item
}
