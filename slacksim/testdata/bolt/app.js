// An app that uses a command, a button, a modal with validation, and a Home tab. Without SLACK_APP_TOKEN it listens for
// HTTP on PORT. It prints "ready" when it runs.
import bolt from '@slack/bolt';

const { App, HTTPReceiver } = bolt;
const { SLACK_API_URL, SLACK_BOT_TOKEN, SLACK_APP_TOKEN, SLACK_SIGNING_SECRET, PORT } = process.env;
const clientOptions = { slackApiUrl: SLACK_API_URL };

const transport = SLACK_APP_TOKEN
  ? { socketMode: true, appToken: SLACK_APP_TOKEN }
  : {
      receiver: new HTTPReceiver({
        signingSecret: SLACK_SIGNING_SECRET,
        endpoints: ['/slack/commands', '/slack/interactions', '/slack/events'],
      }),
    };
const app = new App({ token: SLACK_BOT_TOKEN, clientOptions, ...transport });

const text = (value) => ({ type: 'plain_text', text: value });

app.command('/journey', async ({ command, ack, respond }) => {
  await ack({
    text: `looking for ${command.text}`,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: `looking for *${command.text}*` } },
      { type: 'actions', block_id: 'acts', elements: [{ type: 'button', action_id: 'note', text: text('Note'), value: command.text }] },
    ],
  });
  await respond({ text: `found ${command.text}`, response_type: 'in_channel' });
});

app.action('note', async ({ ack, action, body, client }) => {
  await ack();
  await client.views.open({
    trigger_id: body.trigger_id,
    view: {
      type: 'modal',
      callback_id: 'note',
      private_metadata: JSON.stringify({ account: action.value, channel: body.channel.id }),
      title: text('Note'),
      submit: text('Save'),
      blocks: [{ type: 'input', block_id: 'note', label: text('Note'), element: { type: 'plain_text_input', action_id: 'text' } }],
    },
  });
});

app.view('note', async ({ ack, view, body, client }) => {
  const note = view.state.values.note.text.value;
  if (note.length < 5) {
    await ack({ response_action: 'errors', errors: { note: 'Please write a little more' } });
    return;
  }
  await ack();
  const { account, channel } = JSON.parse(view.private_metadata);
  await client.chat.postMessage({ channel, text: `<@${body.user.id}> about ${account}: ${note}` });
});

app.event('app_home_opened', async ({ event, client }) => {
  await client.views.publish({ user_id: event.user, view: { type: 'home', blocks: [{ type: 'header', text: text('Welcome home') }] } });
});

app.error(async (error) => console.error('error', error));

await app.start(PORT ? { port: Number(PORT), host: '127.0.0.1' } : undefined);
console.log('ready');
