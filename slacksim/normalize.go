package slacksim

import (
	"maps"
	"slices"
)

// normalize adds what Slack adds to blocks before it keeps them: missing block and action ids, and the defaults of texts.
func (s *Server) normalize(blocks []any) {
	for _, b := range blocks {
		block := obj(b)
		if str(block["block_id"]) == "" {
			block["block_id"] = random(5)
		}
		s.complete(block)
	}
}

// complete walks through everything inside a block.
func (s *Server) complete(value any) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			s.complete(item)
		}
	case object:
		s.completeObject(v)
	}
}

func (s *Server) completeObject(o object) {
	kind := str(o["type"])
	_, interactive := s.schema.elements[kind]
	_, isText := o["text"].(string)
	switch {
	case interactive && str(o["action_id"]) == "":
		o["action_id"] = random(5)
	case kind == "plain_text" && isText && o["emoji"] == nil:
		o["emoji"] = true
	case kind == "mrkdwn" && isText && o["verbatim"] == nil:
		o["verbatim"] = false
	}
	for key, child := range o {
		switch key {
		case "child_blocks", "fallback", "tasks":
			s.normalize(list(child))
		case "block":
			s.normalize([]any{child})
		case "elements":
			if kind == "carousel" {
				s.normalize(list(child))
			} else {
				s.complete(child)
			}
		default:
			s.complete(child)
		}
	}
}

// element is an interactive element of blocks and where it was found.
type element struct {
	blockID string
	block   object
	fields  object
}

// elements lists the interactive elements of blocks, nested ones included.
func (s *Server) elements(blocks []any) []element {
	var all []element
	for _, b := range blocks {
		block := obj(b)
		s.collect(block, block, &all)
	}
	return all
}

func (s *Server) collect(value any, block object, all *[]element) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			s.collect(item, block, all)
		}
	case object:
		if str(v["block_id"]) != "" {
			block = v
		}
		if _, interactive := s.schema.elements[str(v["type"])]; interactive {
			*all = append(*all, element{blockID: str(block["block_id"]), block: block, fields: v})
			return
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			s.collect(v[key], block, all)
		}
	}
}
