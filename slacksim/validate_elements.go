package slacksim

import (
	"fmt"
	"slices"
	"strconv"
)

// elementKind is a kind of interactive element: what it must look like, and what it tells the app.
type elementKind struct {
	shape  shape
	result string // the field of actions and state that holds what was chosen; "" for elements without a state
	many   bool   // result is a list
}

var (
	selects        = []string{"static_select", "external_select", "users_select", "conversations_select", "channels_select"}
	multiSelects   = []string{"multi_static_select", "multi_external_select", "multi_users_select", "multi_conversations_select", "multi_channels_select"}
	choices        = slices.Concat(selects, multiSelects, []string{"checkboxes", "radio_buttons", "datepicker", "timepicker"})
	accessories    = slices.Concat(choices, []string{"button", "workflow_button", "overflow", "image"})
	actionElements = slices.Concat(choices, []string{"button", "workflow_button", "overflow", "datetimepicker", "rich_text_input"})
	inputElements  = slices.Concat(choices, []string{
		"datetimepicker", "plain_text_input", "email_text_input", "url_text_input", "number_input", "rich_text_input", "file_input",
	})
)

// elementOf checks an element of one of the kinds.
func elementOf(kinds []string) rule {
	return func(c *checker, at string, v any) {
		o, ok := v.(object)
		if !ok {
			c.refuse(at, "type", "object", "must provide an object")
			return
		}
		kind, ok := o["type"].(string)
		switch {
		case !ok:
			c.refuse(at, "required", "type", "missing required field: type")
			return
		case !slices.Contains(kinds, kind):
			c.refuse(at+"/type", "enum", kinds, "unsupported type: %s", kind)
			return
		case kind == "image":
			imageShape.check(c, at, o)
			return
		}
		if id := str(o["action_id"]); id != "" {
			if c.actionIDs[id] {
				c.refuse(at+"/action_id", "unique", id, "action_id `%s` already exists in this block", id)
			}
			c.actionIDs[id] = true
		}
		if o["focus_on_load"] == true {
			if c.focused {
				c.refuse(at+"/focus_on_load", "unique", true, "only one element can have focus_on_load")
			}
			c.focused = true
		}
		c.schema.elements[kind].shape.check(c, at, o)
	}
}

var confirm = shape{
	fields:   map[string]rule{"title": plain(100), "text": either(300), "confirm": plain(30), "deny": plain(30), "style": style},
	required: []string{"text"},
}

func style(c *checker, at string, v any) { enum("primary", "danger")(c, at, v) }

func optionShape(kinds ...string) shape {
	return shape{
		fields:   map[string]rule{"text": words(75, kinds...), "value": text(1, 75), "description": words(75, kinds...), "url": link(3000)},
		required: []string{"text"},
	}
}

var (
	plainOption = optionShape("plain_text")
	mixedOption = optionShape("plain_text", "mrkdwn")
	optionGroup = shape{fields: map[string]rule{"label": plain(75), "options": items(1, 100, plainOption.check)}, required: []string{"label", "options"}}
)

// fields of an element: its own and those that it shares.
func fields(own map[string]rule, shared ...map[string]rule) map[string]rule {
	all := map[string]rule{"action_id": text(0, 255)}
	for _, more := range append(shared, own) {
		for name, r := range more {
			all[name] = r
		}
	}
	return all
}

var (
	confirmable   = map[string]rule{"confirm": confirm.check}
	focusable     = map[string]rule{"focus_on_load": flag}
	placeholdable = map[string]rule{"placeholder": plain(150)}
	countable     = map[string]rule{"max_selected_items": integer(1, 1<<31)}
	dispatchable  = map[string]rule{"dispatch_action_config": shape{
		fields: map[string]rule{"trigger_actions_on": items(1, 2, enum("on_enter_pressed", "on_character_entered"))},
	}.check}
	respondable = map[string]rule{"response_url_enabled": flag}
	filter      = shape{fields: map[string]rule{
		"include": items(1, 4, enum("im", "mpim", "private", "public")), "exclude_external_shared_channels": flag, "exclude_bot_users": flag,
	}}
)

// elementKinds are all kinds of elements.
func elementKinds() map[string]elementKind {
	choosable := []map[string]rule{confirmable, focusable, placeholdable}
	multi := append(slices.Clone(choosable), countable)
	typing := []map[string]rule{focusable, placeholdable, dispatchable}
	options := map[string]rule{"options": items(1, 100, plainOption.check), "option_groups": items(1, 100, optionGroup.check)}
	static := func(own map[string]rule, shared []map[string]rule) shape {
		return shape{
			fields: fields(own, append(slices.Clone(shared), options)...),
			one:    [][]string{{"options", "option_groups"}}, only: [][]string{{"options", "option_groups"}}, also: initialIsOption,
		}
	}
	conversations := map[string]rule{"default_to_current_conversation": flag, "filter": filter.check}
	list255 := strings255(1, 100)
	return map[string]elementKind{
		"button": {shape: shape{
			fields: fields(map[string]rule{
				"text": plain(75), "url": link(3000), "value": text(0, 2000), "style": style, "accessibility_label": text(1, 75),
			}, confirmable),
			required: []string{"text"},
		}},
		"workflow_button": {shape: shape{
			fields:   fields(map[string]rule{"text": plain(75), "workflow": workflow, "style": style, "accessibility_label": text(1, 75)}, confirmable),
			required: []string{"text", "workflow"},
		}},
		"icon_button": {shape: shape{
			fields: fields(map[string]rule{
				"icon": enum("trash"), "text": plain(75), "value": text(0, 2000), "visible_to_user_ids": list255, "accessibility_label": text(1, 75),
			}, confirmable),
			required: []string{"icon", "text"},
		}},
		"feedback_buttons": {shape: shape{
			fields:   fields(map[string]rule{"positive_button": feedback.check, "negative_button": feedback.check}),
			required: []string{"positive_button", "negative_button"},
		}},
		"overflow":            {shape: shape{fields: fields(map[string]rule{"options": items(1, 5, plainOption.check)}, confirmable), required: []string{"options"}}},
		"static_select":       {result: "selected_option", shape: static(map[string]rule{"initial_option": plainOption.check}, choosable)},
		"multi_static_select": {result: "selected_options", many: true, shape: static(map[string]rule{"initial_options": items(1, 100, plainOption.check)}, multi)},
		"external_select": {result: "selected_option", shape: shape{
			fields: fields(map[string]rule{"initial_option": plainOption.check, "min_query_length": integer(0, 1000)}, choosable...),
		}},
		"multi_external_select": {result: "selected_options", many: true, shape: shape{
			fields: fields(map[string]rule{"initial_options": items(1, 100, plainOption.check), "min_query_length": integer(0, 1000)}, multi...),
		}},
		"users_select":       {result: "selected_user", shape: shape{fields: fields(map[string]rule{"initial_user": text(1, 255)}, choosable...)}},
		"multi_users_select": {result: "selected_users", many: true, shape: shape{fields: fields(map[string]rule{"initial_users": list255}, multi...)}},
		"channels_select": {result: "selected_channel", shape: shape{
			fields: fields(map[string]rule{"initial_channel": text(1, 255)}, append(slices.Clone(choosable), respondable)...),
		}},
		"multi_channels_select": {result: "selected_channels", many: true, shape: shape{fields: fields(map[string]rule{"initial_channels": list255}, multi...)}},
		"conversations_select": {result: "selected_conversation", shape: shape{
			fields: fields(map[string]rule{"initial_conversation": text(1, 255)}, append(slices.Clone(choosable), respondable, conversations)...),
		}},
		"multi_conversations_select": {result: "selected_conversations", many: true, shape: shape{
			fields: fields(map[string]rule{"initial_conversations": list255}, append(slices.Clone(multi), conversations)...),
		}},
		"checkboxes": {result: "selected_options", many: true, shape: shape{
			fields: fields(map[string]rule{
				"options": items(1, 10, mixedOption.check), "initial_options": items(1, 10, mixedOption.check),
			}, confirmable, focusable),
			required: []string{"options"}, also: initialIsOption,
		}},
		"radio_buttons": {result: "selected_option", shape: shape{
			fields:   fields(map[string]rule{"options": items(1, 10, mixedOption.check), "initial_option": mixedOption.check}, confirmable, focusable),
			required: []string{"options"}, also: initialIsOption,
		}},
		"datepicker": {result: "selected_date", shape: shape{fields: fields(map[string]rule{"initial_date": date}, choosable...)}},
		"timepicker": {result: "selected_time", shape: shape{fields: fields(map[string]rule{
			"initial_time": pattern(`^([01]\d|2[0-3]):[0-5]\d$`, "must be a valid time in the format HH:mm"), "timezone": text(1, 255),
		}, choosable...)}},
		"datetimepicker": {result: "selected_date_time", shape: shape{
			fields: fields(map[string]rule{"initial_date_time": integer(1_000_000_000, 9_999_999_999)}, confirmable, focusable),
		}},
		"plain_text_input": {result: "value", shape: shape{
			fields: fields(map[string]rule{
				"initial_value": text(0, 3000), "multiline": flag, "min_length": integer(0, 3000), "max_length": integer(1, 3000),
			}, typing...),
			also: ordered("min_length", "max_length"),
		}},
		"email_text_input": {result: "value", shape: shape{fields: fields(map[string]rule{"initial_value": text(0, 3000)}, typing...)}},
		"url_text_input":   {result: "value", shape: shape{fields: fields(map[string]rule{"initial_value": text(0, 3000)}, typing...)}},
		"number_input": {result: "value", shape: shape{
			fields: fields(map[string]rule{
				"is_decimal_allowed": flag, "initial_value": numeral, "min_value": numeral, "max_value": numeral,
			}, typing...),
			required: []string{"is_decimal_allowed"}, also: ordered("min_value", "max_value"),
		}},
		"rich_text_input": {result: "rich_text_value", shape: shape{
			fields: fields(map[string]rule{"initial_value": richText, "min_lines": integer(1, 100), "max_lines": integer(1, 100)}, typing...),
			also:   ordered("min_lines", "max_lines"),
		}},
		"file_input": {result: "files", many: true, shape: shape{
			fields: fields(map[string]rule{"filetypes": strings255(1, 100), "max_files": integer(1, 10)}),
			also: func(c *checker, at string, _ object) {
				if c.surface != surfaceModal {
					c.refuse(at+"/type", "enum", "modals", "unsupported type: file_input")
				}
			},
		}},
	}
}

var feedback = shape{
	fields: map[string]rule{"text": plain(75), "value": text(1, 2000), "accessibility_label": text(1, 75)}, required: []string{"text", "value"},
}

func workflow(c *checker, at string, v any) {
	trigger := shape{
		fields: map[string]rule{"url": webLink, "customizable_input_parameters": items(0, 100, func(*checker, string, any) {})}, required: []string{"url"},
	}
	shape{fields: map[string]rule{"trigger": trigger.check}, required: []string{"trigger"}}.check(c, at, v)
}

func numeral(c *checker, at string, v any) {
	if _, err := strconv.ParseFloat(str(v), 64); err != nil {
		c.refuse(at, "format", "number", "must be a number in a string")
	}
}

// ordered demands that one number is not above another.
func ordered(low, high string) func(c *checker, at string, o object) {
	return func(c *checker, at string, o object) {
		least, lowErr := strconv.ParseFloat(fmt.Sprint(o[low]), 64)
		most, highErr := strconv.ParseFloat(fmt.Sprint(o[high]), 64)
		if lowErr == nil && highErr == nil && least > most {
			c.refuse(at+"/"+low, "maximum", o[high], "%s must not be greater than %s", low, high)
		}
	}
}

// initialIsOption demands that what is chosen at first is among the options.
func initialIsOption(c *checker, at string, o object) {
	known := map[string]bool{}
	for _, option := range optionsOf(o) {
		known[string(encode(option))] = true
	}
	if first := o["initial_option"]; first != nil && !known[string(encode(first))] {
		c.refuse(at+"/initial_option", "enum", "one of the options", "initial_option must match one of the options")
	}
	for i, first := range list(o["initial_options"]) {
		if !known[string(encode(first))] {
			c.refuse(at+"/initial_options/"+strconv.Itoa(i), "enum", "one of the options", "initial_options must match one of the options")
		}
	}
}

// optionsOf returns all options of an element, those in groups included.
func optionsOf(element object) []any {
	all := slices.Clone(list(element["options"]))
	for _, group := range list(element["option_groups"]) {
		all = append(all, list(obj(group)["options"])...)
	}
	return all
}
