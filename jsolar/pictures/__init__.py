"""From pictures to a picture: what will this region look like in some hours?"""
