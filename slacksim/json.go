package slacksim

import (
	"bytes"
	"encoding/json"
)

// encode writes JSON without HTML escapes. What cannot be encoded is a programming error and becomes null.
func encode(value any) []byte {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return []byte("null")
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// object is a JSON object.
type object = map[string]any

// decode reads JSON, keeping numbers as they were written.
func decode(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var value any
	if err := dec.Decode(&value); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, errTrailing
	}
	return value, nil
}

var errTrailing = Error("invalid_json")

func str(value any) string {
	text, _ := value.(string)
	return text
}

func obj(value any) object {
	o, _ := value.(object)
	return o
}

func list(value any) []any {
	l, _ := value.([]any)
	return l
}
