"""callguard hears live calls, scores abuse and threats, and puts help in front of people while the call goes on."""
