package alerts

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"journeybot/journey"
)

// Money is an amount in cents of the workspace's currency.
type Money int64

// textFuncs are the functions of templates. and, or and not are text/template's own.
func textFuncs(v View, r *Rules) map[string]any {
	return map[string]any{
		"money":     func(m *Money) string { return r.money(m) },
		"date":      func(v any) string { return r.date(v) },
		"ago":       func(t any) string { return r.ago(t, v.At) },
		"plural":    plural,
		"first":     firstName,
		"kpi":       v.figure,
		"sparkline": func(name string) string { return journey.Sparkline(v.series(name).Points) },
		"join":      strings.Join,
		"show":      func(word string, v any) string { return r.show(word, v) },
		"eq":        func(a, b string) bool { return a == b },
		"ne":        func(a, b string) bool { return a != b },
	}
}

// textFuncTypes check a call: they give the type of its result, or what is wrong with its arguments.
var textFuncTypes = map[string]func(args []reflect.Type) (reflect.Type, string){
	"money":     takes(reflect.TypeFor[string](), "needs an amount, such as .Account.ARR", oneOf(reflect.TypeFor[*Money]())),
	"date":      takes(reflect.TypeFor[string](), "needs a date, such as .Account.RenewalDate", oneOf(reflect.TypeFor[*time.Time](), reflect.TypeFor[journey.Day]())),
	"ago":       takes(reflect.TypeFor[string](), "needs a date, such as .Account.LastTouch", oneOf(reflect.TypeFor[*time.Time](), reflect.TypeFor[journey.Day]())),
	"first":     takes(reflect.TypeFor[string](), "needs a name, such as .Account.Champion.Name", anyText),
	"kpi":       takes(reflect.TypeFor[*float64](), `needs the name of a measure in quotes, such as kpi "active_users"`, anyText),
	"sparkline": takes(reflect.TypeFor[string](), `needs the name of a measure in quotes, such as sparkline "active_users"`, anyText),
	"plural":    takes(reflect.TypeFor[string](), `needs a number and two words, such as plural .Alert.Count "signal" "signals"`, oneOf(numbers...), anyText, anyText),
	"join":      takes(reflect.TypeFor[string](), `needs a list and what to put between, such as join .Alert.Reasons ", "`, oneOf(reflect.TypeFor[[]string]()), anyText),
	"eq":        takes(reflect.TypeFor[bool](), "compares two texts", anyText, anyText),
	"ne":        takes(reflect.TypeFor[bool](), "compares two texts", anyText, anyText),
	"not":       takes(reflect.TypeFor[bool](), "needs one value", func(reflect.Type) bool { return true }),
	"and":       same,
	"or":        same,
}

var (
	numbers = []reflect.Type{reflect.TypeFor[int](), reflect.TypeFor[*int64](), reflect.TypeFor[*float64]()}
	anyText = oneOf(reflect.TypeFor[string]())
)

func oneOf(types ...reflect.Type) func(reflect.Type) bool {
	return func(t reflect.Type) bool {
		for _, allowed := range types {
			if t == allowed {
				return true
			}
		}
		return false
	}
}

func takes(result reflect.Type, problem string, params ...func(reflect.Type) bool) func([]reflect.Type) (reflect.Type, string) {
	return func(args []reflect.Type) (reflect.Type, string) {
		if len(args) != len(params) {
			return nil, problem
		}
		for i, fits := range params {
			if !fits(args[i]) {
				return nil, problem
			}
		}
		return result, ""
	}
}

// same gives the type of the arguments; what comes out of mixed ones is good for a branch, as a bool is.
func same(args []reflect.Type) (reflect.Type, string) {
	if len(args) == 0 {
		return nil, "needs values"
	}
	for _, t := range args {
		if t != args[0] {
			return reflect.TypeFor[bool](), ""
		}
	}
	return args[0], ""
}

// show prints a value, and word for one that is not known.
func (r *Rules) show(word string, v any) string {
	switch v := v.(type) {
	case string:
		return cmp.Or(v, word)
	case bool:
		return map[bool]string{true: "yes", false: "no"}[v]
	case int:
		return strconv.Itoa(v)
	case []string:
		return cmp.Or(strings.Join(v, ", "), word)
	case *Money:
		if v != nil {
			return r.money(v)
		}
	case *int64:
		if v != nil {
			return grouped(*v)
		}
	case *float64:
		if v != nil {
			return decimal(*v)
		}
	case journey.Day, *time.Time:
		if s := r.date(v); s != "unknown" {
			return s
		}
	}
	return word
}

func (r *Rules) money(m *Money) string {
	if m == nil {
		return "unknown"
	}
	sign, ok := map[string]string{"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}[r.Currency]
	if !ok {
		sign = strings.TrimSpace(r.Currency) + " "
	}
	return strings.TrimLeft(sign+grouped(int64(math.Round(float64(*m)/100))), " ")
}

func (r *Rules) date(v any) string {
	var t time.Time
	switch v := v.(type) {
	case journey.Day:
		t = v.In(time.UTC)
	case *time.Time:
		if v != nil {
			t = *v
		}
		if r.Zone != nil && !t.IsZero() {
			t = t.In(r.Zone)
		}
	}
	if t.IsZero() {
		return "unknown"
	}
	return t.Format("2 Jan 2006")
}

func plural(n any, one, many string) string {
	var f *float64
	switch n := n.(type) {
	case int:
		f = new(float64(n))
	case *int64:
		f = scaled(n, 1)
	case *float64:
		f = n
	}
	if f == nil {
		return "unknown " + many
	}
	if *f == 1 {
		return "1 " + one
	}
	return decimal(*f) + " " + many
}

// grouped writes thousands with commas, as MESSAGES does.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	digits := strings.TrimPrefix(s, "-")
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return s[:len(s)-len(digits)] + b.String()
}

// decimal writes a number with thousands and at most one decimal.
func decimal(f float64) string {
	if math.Abs(f) >= 1e15 || math.IsNaN(f) {
		return fmt.Sprint(f)
	}
	rounded := math.Round(f*10) / 10
	whole, fraction := math.Modf(rounded)
	if fraction == 0 {
		return grouped(int64(whole))
	}
	sign := ""
	if rounded < 0 {
		sign = "-"
	}
	return sign + grouped(int64(math.Abs(whole))) + "." + strconv.Itoa(int(math.Round(math.Abs(fraction)*10)))
}
