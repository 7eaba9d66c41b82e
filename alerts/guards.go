package alerts

func collides(intake, Alert, verdict) (Hold, bool)   { return Hold{}, false }
func lateSource(intake, Alert, verdict) (Hold, bool) { return Hold{}, false }
