"""Passwords that are guessed first: common words with the usual endings, keyboard walks, dates, and our own names.

The list is written by hand: words, names and keyboard walks that lead every count of leaked passwords, in English and
French. It stands for whole families (`dragon`, `Dragon1!`, `dr4g0n2026`), so nothing is gained by one more digit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_OURS = """
academy campus classroom college collège cours course coursewire ecole eleve etudiant faculty homework instructor learn
learning lesson lycee lycée mentor prof professeur professor pupil school student teacher teaching tutor universite
university université wire école élève étudiant
"""

_USUAL = """
aaron abcd abcdef abigail access account adam adidas admin administrator adrian airborne airplane albert alberto
alejandra alejandro alex alexander alexandra alexandre alexis alice alicia alison allison alpha amanda amber amelie
america american amour amélie anderson andre andrea andreas andrew andrey angel angela angelica angelina angels angie
animal anna anne annie anthony antoine antonio anything apollo apple apples april archer argentina ariana arizona
arsenal arthur asdf asdfgh ashley assassin asshole audrey august aurelie aurélie austin australia autumn avatar babe
baby babyboy babygirl babygurl badboy bailey balance ball ballet banana bananas bandit banking barbara barbie barcelona
barney baseball basket basketball bastard batman beach beagle bear bears beast beatles beautiful beauty beaver bella
benjamin benoit bernard bertrand best bestfriend beverly bigboy bigdaddy bigdog biggie billy bird birthday bisou bisous
bitch black blackbird blackjack blessed blink blonde blondie blood blossom blue bluebird bluesky bond bonjour bonnie
boobie booboo boogie boomer boston bowling bradley brandon brandy brasil brazil brenda brian bridget british brittany
brooke brooklyn brothers brownie bruno bubba bubble bubbles buddy buffalo buffy bulldog bullet bullshit bunny business
buster butter buttercup butterfly butthead cactus calculator california calvin camaro cameron camille canada candle
candy captain caramel cardinal carlos carmen carole carolina caroline cartman casper cassie catherine cedric celeste
celine celtic champion chance change changeme channel charles charlie charlotte charly chelsea cherry chester cheval
chevrolet chevy chicago chichi chicken chien chocolat chocolate chouchou chris christ christian christina christine
christmas christophe christopher cindy claire claude claudia clement cleopatra clifford clément cocacola coco coffee
colorado computer confidence connect connor consumer contact control cookie cookies cool cooper copper coquine corvette
coucou cougar country courtney cowboy cowboys crazy creative cricket cristian cristina crystal cupcake cynthia cédric
céline daddy daisy dakota dallas damien dance dancer dancing daniel daniela danielle danny darkness darling dave david
dawson death deborah december default deniel denise dennis denver derrick desire desiree destiny detroit devil dexter
diablo diamond diamonds diana diego diesel digital dinosaur dirty discovery disney doctor dodgers doggie dolphin
dolphins dominic dominique donald donkey donnie doudou dragon dragons dream dreamer dreams driver eagle eagles earth
eclipse eduardo edward einstein elephant elizabeth elodie elvis emilie emily eminem emma emmanuel energy england enigma
enter enterprise eric erika estrella eternity evelyn everton everything excalibur explorer extreme fabien fabrice
facebook faith falcon falcons family fantasy fashion fatima february felix fender fernando ferrari fireball firefox
fireman fishing flamingo florence florian florida flower flowers fluffy flying football ford forest forever forget
fortune foxtrot france francis francisco francois frank frankie franklin françois freddy frederic free freedom french
friday friend friends friendship frodo froggy frosty frédéric fucker fuckoff fuckyou funny future gabriel gabriela
gabrielle galaxy galore games gandalf garden garfield gateway gemini general genesis genius george georgia german
germany ghost giants gibson ginger giovanni girl girls gizmo gladiator global godzilla golden goldfish golf golfer
goodboy goodgirl goodluck google gordon grace grandma green greenday gregory griffin guest guillaume guitar gunner
gustavo hacker hallo hamburg hammer hamster hannah happiness happy hardcore harley harrison harry harrypotter hawaii
hawkeye health heart hearts heather heaven helene hello hellokitty helpme hendrix henry hercules hernandez hiphop hockey
holiday holland hollywood homer honda honey honeybee hooters hope horse horses hotdog hotmail hotstuff house houston
howard hunter hunting hélène icecream iceman iloveme iloveu iloveyou imagine incorrect indian inferno infinity instagram
internet intrepid invest ireland iris irish ironman isabel isabella isabelle island istanbul italia italy jackass jackie
jackson jacob jaguar jamaica james jamie janice january japan jasmin jasmine jason javier jazz jeanne jeffrey jelly
jennifer jenny jeremy jerome jessica jesus jesuschrist jetaime jewel jimmy joanna johanna john johnny johnson jonathan
jordan joseph joshua journey joyful juanita judith jules julia julian julie julien juliet juliette july june junior
jupiter just justice justin justine jérémy jérôme karate karen karina karine katherine kathleen kathryn katie katrina
kawasaki keepout kelly kenneth kermit kevin killer kimberly king kingdom kingkong kings kissme kitten kittens kitty
knight knights kristen kristina ladies lakers lapin laura lauren laurence laurent lawrence legend leonard leonardo
leslie leticia letmein letmesee liberte liberty liberté lifehack light lightning lillian lincoln linda lindsay lindsey
linkin linkinpark lionel lions lisa little liverpool logan login logitech london lonely looking looser lorenzo lorraine
loser louis louise loulou love loveable lovely loveme lover lovers loveyou lucas lucie lucky ludovic lulu madison maggie
magic magnum malcolm maman manager manchester mandy manon marathon marcel march marco marcus margaret maria mariah
mariana marie marina marine mario marion marlboro marley marseille marshall martin martina martine marvel marvin mary
master masters mathieu matrix matthew maurice maverick maxime maximus maxwell meghan melanie melissa mellon melody
member memory mercedes mercury merlin mexico michael michel michele michelle michigan mickey microsoft midnight miguel
miller mimi minecraft minnie miracle mischief mistress mobile moderator molly momdad monday money monica monique monkey
monkeys monster montana montreal moon moonlight morgan morning morris motdepasse mother motorola mountain mozart muffin
murphy music musique mustang mylove myself myspace mélanie naruto nascar natalia natalie natasha nathalie nathan naughty
network newcastle newlife newpass newton newyork nicholas nicolas nicole nikita nintendo nirvana nissan noisette nokia
nothing november number oakland ocean october office oliver olivia olivier online orange orlando ourson oxford pacific
packers paintball pakistan pamela panda pandora panther panthers papa paradise paris parker pascal pass passe passion
passpass passw passwd passwo passwor password passwords pastor patches patricia patrick pauline peaches peanut pebbles
penelope penguin pepper pepsi perfect peter phantom philip philippe phoenix phone photo piano picard pickle picture
pierre pikachu pineapple pink pirate pirates pizza platinum playboy player please pokemon police poohbear pookie popcorn
popeye porsche portugal poupette power powerful precious presario preston prince princess princesse princeton private
promise property protect pumpkin puppies puppy purple pussy python qazwsx quality qwert qwerty rabbit rachel racing
raiders railroad rainbow ralph ranger rangers raphael raymond rebecca rebel redneck redskins redsox reggie regina
remember renee republic research reynolds ricardo richard ricky robert roberto robin robotics rocker rocket rocky
rodrigo rodriguez roger roland romain roman romance ronald ronaldo rooster root rosebud roses rosie roxanne royal
russell russia sabrina sailing saints sakura salut samantha sammie sammy samson samsung samuel sanchez sandra sandrine
sandy santiago santos sarah sasha saturday saturn savage savannah scarface scarlett scooby scooter scorpio scorpion
scotland scott scruffy sebastian sebastien secret secure security senior september serena sergio service seven sexy
sexyboy sexygirl shadow shannon sharon shelby sherlock shithead shopping shorty sierra silver silvia simba simone simple
simpson simpsons sister sisters skater skipper skippy skyline slayer slipknot smile smiley smith smokey smooth snickers
sniper snoopy snowball snowboard snowman soccer softball soldier soleil somebody something sommer sonia sophia sophie
south spanky sparky special speedy spider spiderman spirit spitfire spongebob sporting spring springer squirrel stalker
stanley star starlight stars start startrek starwars steelers stella stephane stephanie stephen steven stewart sticky
stinky storm strawberry stupid stéphane stéphanie suckit sugar summer sundance sunday sunflower sunny sunrise sunset
sunshine super superman superstar support surfer surfing susan suzanne sweet sweetheart sweetie sweetpea swimming
switzerland swordfish sylvia sylvie system sébastien tamara tanner target tarzan taurus taylor teddy teddybear teens
temp temppass tennis tequila teresa test tester testing testtest texas thankyou theman theresa therock thierry thomas
thunder thursday tiffany tiger tigers tigger tigrou tinker tinkerbell titanic titeuf tomcat tommy toor topgun toto
tottenham toyota tracy travel travis treasure trinity trouble trustme trustno trustnoone tucker tuesday turtle twilight
twitter tyler unicorn united user username utilisateur valentin valentina valentine valerie valérie vampire vanessa
vanille vegeta veronica veronique victor victoria victory viking vikings villa vincent violet violin virginia virginie
volcom volley volleyball voyager véronique walker wallace walter warcraft warrior warriors water watermelon webmaster
wedding wednesday weezer welcome welcomes westside whatever whiskey white wildcat wildcats william williams willow
wilson windows winner winston winter wisdom wizard wolf wolverine wolves wonder woody world wrestling writer xavier xbox
yamaha yankee yankees yellow youtube yvonne zachary zebra zeppelin zidane zombie zoulou zxcvbn élodie émilie
"""

PRODUCT: Final = frozenset(_OURS.split())
WORDS: Final = PRODUCT | frozenset(_USUAL.split())

WALKS: Final = (
    "1234567890",
    "0987654321",
    "01234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn",
    "qazwsxedcrfvtgbyhn",
    "1q2w3e4r5t6y7u8i9o0p",
    "q1w2e3r4t5y6u7i8o9p0",
    "zaq12wsxcde3",
    "zaq1xsw2cde3",
    "1a2z3e4r5t6y",
    "a1b2c3d4e5f6",
    "1a2b3c4d5e6f",
    "147258369",
    "159357",
    "!@#$%^&*()",
    "789456123",
)

_STEP: Final = 3
"""Fewer keys in a row are no walk."""

_LONGEST_STEP: Final = 24
_LONGEST_WALK: Final = 40
"""Longer ones are nobody's first guess."""

_DATE_DIGITS: Final = 10
_SHORT_CHUNK: Final = 4
_LEET: Final = str.maketrans("013457@$!|€", "oieastasiie")
_EDGE: Final = r"[\d\W_]"
_TRIMMED = re.compile(f"^{_EDGE}*(.*?){_EDGE}*$", re.DOTALL)
_PATHS: Final = tuple(path for walk in WALKS for path in (walk, walk[::-1]))


def is_common(password: str) -> bool:
    """Whether somebody who guesses would try this early. Upper case, endings and figures for letters do not help."""
    text = password.casefold()
    if text.isdigit() and len(text) <= _DATE_DIGITS:
        return True
    return _is_walk(text) or any(_is_known(core) for core in _cores(text))


def _cores(text: str) -> Iterator[str]:
    """What is left without figures and signs around it, and with letters in the place of figures within it."""
    trimmed = _TRIMMED.sub(r"\1", text)
    for core in (text, trimmed, text.translate(_LEET), trimmed.translate(_LEET)):
        yield core
        yield _TRIMMED.sub(r"\1", core)


def _is_known(core: str) -> bool:
    if core in WORDS:
        return True
    half = _repeated(core)
    if half is not None and (len(half) <= _SHORT_CHUNK or half in WORDS):
        return True
    parts = ((core[:at], core[at:]) for at in range(_STEP, len(core) - _STEP + 1))
    return any({first, rest} & PRODUCT and {first, rest} <= WORDS for first, rest in parts)


def _repeated(core: str) -> str | None:
    """The chunk that the text repeats, if it is nothing else."""
    at = (core + core).find(core, 1)
    return core[:at] if 0 < at < len(core) else None


def _is_walk(text: str) -> bool:
    """Whether the text is nothing but ways over the keyboard, the alphabet or one key, each of three steps or more."""
    ends, length = {0}, len(text)
    for start in range(length if length <= _LONGEST_WALK else 0):
        if start in ends:
            furthest = min(length, start + _LONGEST_STEP)
            ends |= {end for end in range(start + _STEP, furthest + 1) if _is_path(text[start:end])}
    return length in ends


def _is_path(chunk: str) -> bool:
    return len(set(chunk)) == 1 or any(chunk in path for path in _PATHS)
