"""The house: every decision is made here. Plain functions, session first, caller second; services never commit."""
