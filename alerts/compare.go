package alerts

import "math"

// EnoughCases is how many cases each side of a comparison needs before it says anything.
const EnoughCases = 20

// confidence is the normal quantile of 95 %.
const confidence = 1.959963984540054

// Share is how many of some cases were good.
type Share struct{ Good, Cases int }

// Of is the share as a number from 0 to 1; 0 without cases.
func (s Share) Of() float64 {
	if s.Cases == 0 {
		return 0
	}
	return float64(s.Good) / float64(s.Cases)
}

// Interval is where a share, or a difference of shares, lies with 95 % confidence.
type Interval struct{ Low, High float64 }

// Wilson is the interval of a share p of n cases: 0 to 1 without cases. n need not be whole, see Compare.
func Wilson(p, n float64) Interval {
	if n <= 0 {
		return Interval{0, 1}
	}
	z2 := confidence * confidence
	centre := (p + z2/(2*n)) / (1 + z2/n)
	half := confidence / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return Interval{max(0, centre-half), min(1, centre+half)}
}

// Newcombe is the interval of the difference between two shares, made of their Wilson intervals.
func Newcombe(p1, n1, p2, n2 float64) Interval {
	one, two := Wilson(p1, n1), Wilson(p2, n2)
	return Interval{
		Low:  p1 - p2 - math.Hypot(p1-one.Low, two.High-p2),
		High: p1 - p2 + math.Hypot(one.High-p1, p2-two.Low),
	}
}

// Stratum is cases that are alike but for what is compared.
type Stratum struct{ With, Without Share }

// Comparison sets the share of good outcomes of cases with something against that of cases alike without it. It tells what went
// together, never why.
type Comparison struct {
	With, Without Share    // the cases that have their like on the other side
	Expected      float64  // the share without, in the mix of the cases with
	Difference    float64  // of the share with to Expected
	Interval      Interval // of Difference
	Enough        bool     // else there are too few cases to tell
}

// Compare pairs the cases stratum by stratum, so that a mix of severe and mild ones does not pass for a difference. A stratum with
// one side only is left out.
func Compare(strata []Stratum) Comparison {
	var c Comparison
	for _, s := range strata {
		if s.With.Cases > 0 && s.Without.Cases > 0 {
			c.With.Good, c.With.Cases = c.With.Good+s.With.Good, c.With.Cases+s.With.Cases
			c.Without.Good, c.Without.Cases = c.Without.Good+s.Without.Good, c.Without.Cases+s.Without.Cases
		}
	}
	if c.With.Cases == 0 {
		return c
	}
	spread := 0.0
	for _, s := range strata {
		if s.With.Cases > 0 && s.Without.Cases > 0 {
			weight := float64(s.With.Cases) / float64(c.With.Cases)
			c.Expected += weight * s.Without.Of()
			spread += weight * weight / float64(s.Without.Cases)
		}
	}
	alike := 1 / spread // as many cases as the weighted ones are worth: all of them when both sides have the same mix
	c.Difference = c.With.Of() - c.Expected
	c.Interval = Newcombe(c.With.Of(), float64(c.With.Cases), c.Expected, alike)
	c.Enough = c.With.Cases >= EnoughCases && c.Without.Cases >= EnoughCases && alike > EnoughCases-1e-9
	return c
}
