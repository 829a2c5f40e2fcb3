"""Discord as Retake speaks it: wording, buttons, messages, who may see what."""
