package web

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"journeybot/slacksim"
	"journeybot/slacksim/blockkit"
)

// hues is how many avatar colours the style sheet has.
const hues = 8

// avatar is a picture made of a person's initials.
type avatar struct {
	Initials string
	Hue      int
	App      bool
}

// avatar returns somebody's picture. Neighbours in the list of people have different colours.
func (p *page) avatar(id, name string) avatar {
	at := slices.IndexFunc(p.sim.Users(), func(u slacksim.User) bool { return u.ID == id })
	return avatar{Initials: initials(name), Hue: (at + hues) % hues, App: id == p.sim.BotUser().ID}
}

// initials are the first letters of the first and last word.
func initials(name string) string {
	words := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(words) == 0 {
		return "?"
	}
	out := firstLetter(words[0])
	if len(words) > 1 {
		out += firstLetter(words[len(words)-1])
	}
	return out
}

func firstLetter(word string) string {
	char, _ := utf8.DecodeRuneInString(word)
	return string(unicode.ToUpper(char))
}

func displayName(user slacksim.User) string {
	if user.RealName != "" {
		return user.RealName
	}
	return user.Name
}

func location(user slacksim.User) *time.Location {
	if zone, err := time.LoadLocation(user.TZ); err == nil {
		return zone
	}
	return time.UTC
}

func conversationName(c slacksim.Conversation) string {
	if c.Direct {
		return c.Name
	}
	return "#" + c.Name
}

// reader is who a message is drawn for.
func (p *page) reader(user slacksim.User) blockkit.Reader {
	return blockkit.Reader{
		ID: user.ID, Location: location(user), Now: p.config.Now(),
		User: p.userName,
		Channel: func(id string) string {
			if c, err := p.sim.Conversation(user.ID, id); err == nil {
				return c.Name
			}
			return ""
		},
		Group: func(id string) string {
			for _, group := range p.sim.Groups() {
				if group.ID == id {
					return group.Handle
				}
			}
			return ""
		},
		ChannelURL: func(id string) string {
			if c, err := p.sim.Conversation(user.ID, id); err == nil {
				return p.placeURL(user, c)
			}
			return ""
		},
		FileURL: func(id string) string { return "/page/files/" + id },
	}
}

func (p *page) userName(id string) string {
	if bot := p.sim.BotUser(); bot.ID == id {
		return displayName(bot)
	}
	if user, ok := p.sim.User(id); ok {
		return displayName(user)
	}
	return ""
}

// placeURL is the page's address of a conversation for a person: by name, so that it reads well.
func (p *page) placeURL(user slacksim.User, c slacksim.Conversation) string {
	place := c.Name
	if c.Direct {
		place = c.ID
		if other, ok := p.sim.User(p.other(user, c)); ok && len(c.Members) == 2 {
			place = other.Name
		}
	}
	return "/client/" + user.Name + "/" + place
}

// other is the id of the person at the other end of a direct message.
func (p *page) other(user slacksim.User, c slacksim.Conversation) string {
	for _, id := range c.Members {
		if id != user.ID {
			return id
		}
	}
	return user.ID
}
