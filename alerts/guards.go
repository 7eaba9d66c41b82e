package alerts

func lateSource(intake, Alert, verdict) (Hold, bool) { return Hold{}, false }
