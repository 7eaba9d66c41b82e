// Slack's confirm dialogs, as native modal dialogs.

/** Asks what element's confirm object asks, and resolves to whether the person agreed. Without one, agrees. */
export function agreed(element) {
  const wording = element.querySelector(':scope > template.confirm')
  if (!wording) return Promise.resolve(true)
  const part = (name) => wording.content.querySelector(`.confirm-${name}`).cloneNode(true)
  return open(part('title'), part('text'), part('no'), part('yes'), wording.dataset.tone === 'danger')
}

/** Asks the page's own question, with plain texts, and resolves to whether the person agreed. */
export function ask({ title, text, yes, danger = false }) {
  const part = (words) => box('div', '', words)
  return open(part(title), part(text), part('Cancel'), part(yes), danger)
}

function open(heading, words, deny, agree, danger) {
  const dialog = document.createElement('dialog')
  dialog.className = 'dialog small'
  const title = document.createElement('h2')
  title.id = 'confirm-title'
  title.append(heading)
  dialog.setAttribute('aria-labelledby', title.id)
  const head = box('header', 'modal-head', title)
  const text = box('div', 'dialog-text', words)
  const no = button('button', deny, 'Cancel')
  const yes = button(`button ${danger ? 'danger' : 'primary'}`, agree, 'Yes')
  dialog.append(head, text, box('footer', 'modal-foot', no, yes))
  document.body.append(dialog)
  return new Promise((resolve) => {
    no.onclick = () => dialog.close('')
    yes.onclick = () => dialog.close('yes')
    dialog.onclose = () => {
      dialog.remove()
      resolve(dialog.returnValue === 'yes')
    }
    dialog.showModal()
    no.focus()
  })
}

function box(name, className, ...children) {
  const node = document.createElement(name)
  node.className = className
  node.append(...children)
  return node
}

function button(className, label, otherwise) {
  const node = box('button', className, ...(label.textContent ? label.childNodes : [otherwise]))
  node.type = 'button'
  return node
}
