package slacksim

import (
	"encoding/json"
	"net/mail"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// stateValues is the state.values of blocks: what every element with a state shows. here is the conversation that the
// person looks at.
func (s *Server) stateValues(blocks []any, inputs []Input, here string) object {
	values := object{}
	for _, e := range s.elements(blocks) {
		kind := s.schema.elements[str(e.fields["type"])]
		if kind.result == "" {
			continue
		}
		block := obj(values[e.blockID])
		if block == nil {
			block = object{}
			values[e.blockID] = block
		}
		block[str(e.fields["action_id"])] = s.shows(e, kind, inputs, here)
	}
	return values
}

// shows is what one element shows: what the person entered, else its initial value.
func (s *Server) shows(e element, kind elementKind, inputs []Input, here string) object {
	out := object{"type": e.fields["type"]}
	if zone := e.fields["timezone"]; zone != nil {
		out["timezone"] = zone
	}
	for _, in := range inputs {
		if in.BlockID == e.blockID && in.ActionID == str(e.fields["action_id"]) {
			out[kind.result] = s.chosen(e.fields, kind, in.Values)
			return out
		}
	}
	name := "initial_" + strings.TrimPrefix(kind.result, "selected_")
	if kind.result == "rich_text_value" {
		name = "initial_value"
	}
	value := e.fields[name]
	if value == nil && here != "" && e.fields["default_to_current_conversation"] == true {
		value = here
		if kind.many {
			value = []any{here}
		}
	}
	if value == nil && kind.many {
		value = []any{}
	}
	out[kind.result] = value
	return out
}

// chosen turns what a person entered into Slack's form.
func (s *Server) chosen(fields object, kind elementKind, entered []string) any {
	switch kind.result {
	case "selected_option":
		return first(s.chosenOptions(fields, entered))
	case "selected_options":
		return s.chosenOptions(fields, entered)
	case "files":
		files := []any{}
		for _, id := range entered {
			if f := s.ws.files[id]; f != nil {
				files = append(files, s.wireFile(f))
			}
		}
		return files
	}
	if kind.many {
		return append([]string{}, entered...)
	}
	if len(entered) == 0 || entered[0] == "" {
		return nil
	}
	switch kind.result {
	case "selected_date_time":
		return json.Number(entered[0])
	case "rich_text_value":
		value, _ := decode([]byte(entered[0]))
		return value
	}
	return entered[0]
}

func first(all []any) any {
	if len(all) == 0 {
		return nil
	}
	return all[0]
}

// chosenOptions finds the options of the values entered: among the element's own, its initial ones, and those that the
// app suggested.
func (s *Server) chosenOptions(fields object, entered []string) []any {
	known := optionsOf(fields)
	known = append(known, list(fields["initial_options"])...)
	if option := fields["initial_option"]; option != nil {
		known = append(known, option)
	}
	known = append(known, s.suggested[str(fields["action_id"])]...)
	chosen := []any{}
	for _, value := range entered {
		if i := slices.IndexFunc(known, func(o any) bool { return str(obj(o)["value"]) == value }); i >= 0 {
			chosen = append(chosen, known[i])
		}
	}
	return chosen
}

// complaints are Slack's own about a submission, by block id.
func (s *Server) complaints(blocks []any, values object) map[string]string {
	wrong := map[string]string{}
	for _, e := range s.elements(blocks) {
		if str(e.block["type"]) != "input" {
			continue
		}
		shown := obj(obj(values[e.blockID])[str(e.fields["action_id"])])
		kind := s.schema.elements[str(e.fields["type"])]
		if text := complaint(e, shown[kind.result]); text != "" {
			wrong[e.blockID] = text
		}
	}
	return wrong
}

func complaint(e element, value any) string {
	if blank(value) {
		if e.block["optional"] == true {
			return ""
		}
		return "Please complete this required field."
	}
	text := str(value)
	switch str(e.fields["type"]) {
	case "plain_text_input":
		return lengthComplaint(e.fields, utf8.RuneCountInString(text))
	case "email_text_input":
		if at, err := mail.ParseAddress(text); err != nil || at.Address != text {
			return "Please enter a valid email address."
		}
	case "url_text_input":
		if u, err := url.Parse(text); err != nil || u.Scheme == "" || u.Host == "" {
			return "Please enter a valid URL."
		}
	case "number_input":
		return numberComplaint(e.fields, text)
	case "file_input":
		return filesComplaint(e.fields, list(value))
	}
	if most, ok := e.fields["max_selected_items"].(json.Number); ok {
		if n, _ := most.Int64(); int64(count(value)) > n {
			return "Please select no more than " + most.String() + " items."
		}
	}
	return ""
}

func blank(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case string:
		return strings.TrimSpace(v) == ""
	}
	return isList(value) && count(value) == 0
}

func isList(value any) bool {
	switch value.(type) {
	case []any, []string:
		return true
	}
	return false
}

func count(value any) int {
	switch v := value.(type) {
	case []any:
		return len(v)
	case []string:
		return len(v)
	}
	return 0
}

func lengthComplaint(fields object, length int) string {
	if least, ok := fields["min_length"].(json.Number); ok {
		if n, _ := least.Int64(); int64(length) < n {
			return "Must be at least " + least.String() + " characters long."
		}
	}
	if most, ok := fields["max_length"].(json.Number); ok {
		if n, _ := most.Int64(); int64(length) > n {
			return "Must be less than " + strconv.FormatInt(n+1, 10) + " characters."
		}
	}
	return ""
}

const maxFiles = 10 // of a file_input that says nothing else

func filesComplaint(fields object, files []any) string {
	most := maxFiles
	if n, ok := fields["max_files"].(json.Number); ok {
		most, _ = strconv.Atoi(n.String())
	}
	if len(files) > most {
		return "Please upload no more than " + strconv.Itoa(most) + " files."
	}
	allowed := list(fields["filetypes"])
	for _, f := range files {
		isType := func(t any) bool { return strings.EqualFold(str(t), str(obj(f)["filetype"])) }
		if len(allowed) > 0 && !slices.ContainsFunc(allowed, isType) {
			return str(obj(f)["name"]) + " is not one of the file types that are accepted here."
		}
	}
	return ""
}

func numberComplaint(fields object, text string) string {
	n, err := strconv.ParseFloat(text, 64)
	switch {
	case err != nil:
		return "Please enter a valid number."
	case fields["is_decimal_allowed"] != true && strings.ContainsAny(text, ".eE"):
		return "Please enter a whole number."
	}
	if least, err := strconv.ParseFloat(str(fields["min_value"]), 64); err == nil && n < least {
		return "Must be greater than or equal to " + str(fields["min_value"]) + "."
	}
	if most, err := strconv.ParseFloat(str(fields["max_value"]), 64); err == nil && n > most {
		return "Must be less than or equal to " + str(fields["max_value"]) + "."
	}
	return ""
}
