package cards

// Action ids of every button and menu, noun.verb. The value is the alert's id, or for a menu's option "id:argument".
// A number after a dot ("account.show.2") tells several of one message apart.
const (
	ActionAck      = "alert.ack"
	ActionUnack    = "alert.unack"
	ActionTakeOver = "alert.take"    // assign to the presser
	ActionSnooze   = "alert.snooze"  // menu; value id:1h, id:tomorrow, id:workday, id:week, or id:pick, which opens a form
	ActionResolve  = "alert.resolve" // menu; value id:<outcome>
	ActionReopen   = "alert.reopen"
	ActionNoAction = "alert.expected" // "Expected, no action": resolves with no_action
	ActionTalking  = "alert.talking"  // "Already talking": acknowledges and says so
	ActionStillOn  = "alert.still_on"
	ActionForecast = "alert.forecast" // menu; value id:<one of alerts.Forecasts>
	ActionDecline  = "alert.decline"  // menu; value id:<reason>: resolves with disqualified
	ActionStepDone = "step.done"      // value id:<step id>
	ActionAssign   = "alert.assign"   // opens a form, as do the next three; value: alert id
	ActionNote     = "alert.note"
	ActionOutcome  = "alert.outcome"
	ActionExtend   = "alert.extend"
	ActionMore     = "alert.more"     // overflow; value id:<verb>, such as id:unack
	ActionOpenURL  = "alert.open_url" // link button: acknowledged, nothing to do
	ActionAccount  = "account.show"   // value: account id
	ActionAlert    = "alert.show"     // value: alert id
	ActionPage     = "alerts.page"    // value: offset:filter words
	ActionShare    = "answer.share"   // value: account id; posts the card in the channel
	ActionRun      = "command.run"    // value: text of the command, such as "alerts mine"
	ActionView     = "account.view"   // value: view, maybe with a window, ":" and the account id, such as "kpis 30d:acme"
	ActionWhy      = "alert.why"      // value: alert id
	ActionTimeline = "timeline.page"  // value: offset:account id
	ActionAccounts = "accounts.mine"  // value: offset of the page
	ActionSettings = "home.settings"  // opens the presser's own settings
	ActionHomePage = "home.page"      // value: offset of the viewer's alerts on the Home tab
	ActionUnmute   = "mute.end"       // value: mute id

	ActionBundleAckAll = "bundle.ack_all" // value: bundle id:number of the list that is shown
	ActionBundleMine   = "bundle.mine"    // value: bundle id; takes what the presser owns
	ActionBundleAll    = "bundle.all"     // value: bundle id; opens the whole list
	ActionBundleOpen   = "bundle.open"    // value: alert id:bundle id; gives the alert a message of its own
	ActionBundleTake   = "bundle.take"    // value: alert id:bundle id; acknowledges in the list
	ActionBundlePage   = "bundle.page"    // value: bundle id:offset
)
