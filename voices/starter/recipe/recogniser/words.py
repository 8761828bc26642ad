"""Nothing flows in, lists of words and sentence templates flow out: what people say to an assistant and to each other.

A template holds `{list}` where a value stands, `[…]` around what may be left out and `(a|b)` between alternatives.
"""

from typing import Final

LISTS: Final[dict[str, str]] = {
    "person": "anna,ben,carol,david,emma,frank,grace,henry,isabel,jack,kate,liam,maria,nina,oscar,paul,rachel,sam,"
    "tina,victor,wendy,my mother,my father,my sister,my brother,my wife,my husband,my son,my daughter,grandma,grandpa,"
    "my aunt,my uncle,my boss,the doctor,the teacher,the neighbour,the neighbours,the kids,my friend,our guests,"
    "the plumber,the driver,the nurse,the police,the children,the old man,the young woman,the girl,the boy,everybody",
    "plural": "we,they,you,the children,my parents,the neighbours,our friends,people,the kids,the boys,the girls",
    "place": "paris,london,berlin,madrid,rome,tokyo,new york,chicago,boston,texas,california,canada,mexico,brazil,"
    "france,germany,spain,italy,japan,china,india,egypt,kenya,norway,sweden,greece,turkey,ireland,scotland,vienna,"
    "dublin,moscow,peru,chile,cuba,poland,hungary,portugal,denmark,finland,austria,belgium,morocco,nigeria,vietnam",
    "spot": "the kitchen,the bedroom,the bathroom,the garden,the garage,the office,the school,the park,the beach,"
    "the station,the airport,the library,the hospital,the supermarket,the restaurant,the hotel,the church,the bank,"
    "the museum,the theatre,the cinema,the market,the bakery,the river,the lake,the forest,the mountains,the village,"
    "the city,the street,the corner,the bridge,the living room,the basement,the roof,the shop,the post office,town",
    "food": "pasta,pizza,rice,eggs,chicken,soup,bread,cake,cookies,potatoes,tea,coffee,salad,fish,beans,lentils,"
    "pancakes,steak,noodles,curry,porridge,toast,carrots,broccoli,turkey,lasagna,muffins,pie,stew,dumplings,ham,"
    "salmon,mushrooms,onions,tomatoes,cheese,butter,milk,sugar,flour,honey,apples,bananas,oranges,lemons,chocolate,"
    "yoghurt,juice,water,beer,wine,salt,pepper,garlic,strawberries,grapes,cereal,sandwiches,sausages,ice cream",
    "thing": "book,phone,key,door,window,table,chair,car,bike,bus,train,letter,picture,camera,computer,lamp,clock,"
    "watch,bag,box,bottle,cup,plate,knife,fork,spoon,shirt,coat,hat,shoe,ring,ball,game,toy,newspaper,magazine,"
    "ticket,map,pen,paper,umbrella,guitar,piano,radio,television,fridge,oven,bed,sofa,carpet,mirror,ladder,hammer,"
    "bucket,rope,blanket,pillow,towel,brush,basket,parcel,envelope,suitcase,candle,battery,cable,charger,printer",
    "animal": "dog,cat,horse,cow,pig,sheep,goat,duck,hen,rabbit,mouse,lion,tiger,elephant,giraffe,monkey,bear,wolf,"
    "fox,whale,dolphin,shark,eagle,owl,parrot,penguin,snake,turtle,frog,spider,bee,butterfly,ant,camel,zebra,kangaroo",
    "adjective": "big,small,old,new,red,blue,green,yellow,black,white,heavy,light,long,short,cold,warm,hot,cheap,"
    "expensive,beautiful,ugly,broken,clean,dirty,empty,full,quiet,loud,strange,nice,good,bad,better,wrong,right,soft,"
    "hard,wet,dry,fast,slow,bright,dark,wooden,round,narrow,wide,favourite,different,wonderful,terrible,useful,brown",
    "feeling": "happy,sad,tired,hungry,thirsty,angry,afraid,bored,busy,sick,late,ready,sure,sorry,lucky,nervous,"
    "proud,surprised,worried,lonely,excited,calm,curious,alone,awake,asleep,at home,on holiday,in a hurry,all right",
    "did": "bought,found,lost,sold,saw,took,brought,cleaned,painted,repaired,opened,closed,moved,forgot,wanted,needed,"
    "liked,loved,hated,borrowed,dropped,carried,washed,counted,broke,hid,ordered,sent,threw,kept,used,watched,showed",
    "do": "buy,find,lose,sell,see,take,bring,clean,paint,repair,open,close,move,forget,want,need,like,love,hate,"
    "borrow,drop,carry,wash,count,break,hide,order,send,throw,keep,use,watch,show,check,fetch,hold,lift,pack,push",
    "went": "went,walked,drove,ran,came,returned,travelled,flew,moved,hurried,rode,cycled",
    "go": "go,walk,drive,run,come,return,travel,fly,move,hurry,ride,get",
    "activity": "swimming,dancing,cooking,reading,singing,running,sleeping,working,studying,shopping,fishing,hiking,"
    "painting,driving,writing,cleaning,waiting,playing,talking,listening,eating,drinking,learning,travelling,gardening",
    "when": "today,tomorrow,yesterday,tonight,this morning,this evening,this afternoon,last night,last week,next week,"
    "next year,last year,on monday,on tuesday,on wednesday,on thursday,on friday,on saturday,on sunday,at noon,"
    "at midnight,in the morning,in the evening,every day,every week,right now,soon,later,again,all the time,once,"
    "in january,in february,in march,in april,in may,in june,in july,in august,in september,in october,in november",
    "future": "tomorrow,tonight,next week,next month,on monday,on tuesday,on wednesday,on thursday,on friday,later,"
    "on saturday,on sunday,at noon,in the morning,in the evening,soon,next summer,after lunch,before dinner",
    "day": "monday,tuesday,wednesday,thursday,friday,saturday,sunday,tomorrow,today",
    "month": "january,february,march,april,may,june,july,august,september,october,november,december",
    "colour": "red,blue,green,yellow,white,purple,orange,pink,warm white,cold white,turquoise",
    "room": "kitchen,bedroom,bathroom,living room,hallway,office,garage,garden,attic,basement,dining room,nursery",
    "device": "light,lights,lamp,heater,fan,radio,television,speaker,music,oven,kettle,air conditioner,blinds,"
    "dishwasher,washing machine,heating,alarm,coffee machine,camera,printer,vacuum cleaner,ceiling light",
    "music": "jazz,rock,classical music,pop,country,hip hop,the blues,folk music,opera,dance music,piano music,"
    "relaxing music,something quiet,the beatles,mozart,bach,beethoven,my favourites,the news,the radio,rain sounds",
    "topic": "the weather,the news,the solar system,the moon,the ocean,gravity,history,music,football,chess,computers,"
    "privacy,electricity,volcanoes,dinosaurs,the human body,the internet,cooking,birds,trees,robots,space,time",
    "planet": "mercury,venus,the earth,mars,jupiter,saturn,uranus,neptune,pluto,the moon,the sun",
    "job": "doctor,teacher,lawyer,farmer,singer,actor,pilot,baker,nurse,painter,writer,soldier,sailor,engineer,judge",
    "unit": "second,minute,hour,day,week,month,year,metre,mile,kilometre,kilogram,gram,pound,ounce,litre,gallon,inch,"
    "foot,yard,cup,euro,dollar",
    "reason": "it was raining,it was too late,the shop was closed,nobody was at home,the train was late,i was tired,"
    "we had no time,it is too far,the weather is nice,the dog was barking,the battery was empty,it was dark,"
    "the road was closed,there was no milk,the music was too loud,i forgot my key,it is cold outside",
    "opinion": "i think,i guess,i hope,i am sure,i know,he said,she said,they told me,we believe,i heard,perhaps,maybe,"
    "of course,in my opinion,to be honest,by the way,it seems,i suppose,unfortunately,luckily,as far as i know",
    "link": "and,but,because,so,when,while,before,after,although,if,or",
}
"""Values, comma separated."""

ASSISTANT: Final = """
what is the capital of {place}
what's the capital (city|town) of {place}
(can|could) you tell me the capital of {place}
which language do people speak in {place}
how far is it from {place} to {place}
how many people live in {place}
where is {place}
what is the weather like in {place} [{future}]
will it (rain|snow|be sunny|be windy|be cold) [in {place}] {future}
do i need (an umbrella|a coat|a hat|sunglasses) {future}
how (hot|cold|warm) (is it|will it be) in {place} {future}
what is {number} (plus|minus|times|divided by) {number}
how much is {number} (plus|minus|times|divided by) {number}
calculate {number} (plus|minus|times) {number}
what's {number} percent of {number}
how many {unit}s are [there] in (a|one) {unit}
convert {number} {unit}s (to|into) {unit}s
how (big|far away|hot|cold|old|heavy) is {planet}
which planet is (the biggest|the smallest|the hottest|closest to the sun|next to {planet})
how many moons does {planet} have
tell me [something] about {topic}
what do you know about {topic}
can you explain {topic} [to me]
what do {animal}s eat
what sound does (a|the) {animal} make
how (big|old|fast|heavy) (is|does) (a|the) {animal} [get]
do {animal}s (sleep|swim|fly|bite)
tell me [a joke|another joke|a story|something funny|a riddle]
do you know (a joke|a poem|a song) about (a|an) {animal}
what colour is (the sky|grass|blood|snow|a {animal}|{food})
which colours make {colour}
who are you
what (is your name|can you do|are you|do you do with my voice)
how do i (change your voice|set a timer|make you louder|stop you|install a better model|turn you off)
do you (record|keep|send|store|sell) (what i say|my voice|everything|my data)
are you (listening|connected to the internet|a robot|a person|awake|there)
(hello|hi|hey|good morning|good evening|good night|good afternoon) [there|assistant|{person}]
(thank you|thanks|thanks a lot|thank you very much|that was great|well done)
how are you [{when}]
who (wrote|invented|discovered|painted|made) the {thing}
who was the first (man|woman|{job}) (on the moon|in space|in {place})
what does (a|the) {job} do
how do you (make|cook|spell|bake) {food}
how long do i (cook|boil|bake|fry) {food}
what is the recipe for {food}
what goes (well|best) with {food}
what day (is it|was it|will it be) {day}
how many days are [there] in {month}
when (is|was) the (first|last|second|third) {day} in {month}
how many days [are there] until {month}
what comes after {number}
turn (on|off) the {device} [in the {room}]
turn the {device} (on|off) [please]
switch (on|off) the {room} {device}
(dim|brighten) the {device} in the {room} [to {number} percent]
set the {room} {device} to {number} percent
make the {room} {device} {colour}
set the (temperature|heating) [in the {room}] to {number} degrees
is the {device} in the {room} (on|off|open|closed)
(open|close) the (door|window|blinds|curtains) in the {room}
play [some] {music} [in the {room}]
(stop|pause|resume|skip) the (music|song|radio|playback)
put on [some] {music} [please]
play the (next|previous) (song|track|album)
what (song|music|station) is this
add {food} to [my|the] shopping list
put {food} and {food} on the (shopping list|list)
what is on my (shopping list|calendar|to do list) [{future}]
take {food} off the list
remind me to (call|visit|write to|pick up|thank) {person} {future}
remind me to {do} the {thing} {future}
remind me about the {thing} at {clock}
wake me up at {clock} [{future}]
set an alarm for {clock} [{future}]
is there an alarm [set] for {day}
(call|message|phone) {person}
send a message to {person} [that i am {feeling}]
tell {person} that i am {feeling}
what time is it in {place}
when does the (sun|moon) (rise|set) {future}
how do you say {thing} in (french|german|spanish|italian|japanese)
what is the opposite of {adjective}
what does {rare} mean
how do you spell {rare}
who is {name}
play {rare} by {name}
call {name}
search for {rare} {rare}
say that again [please]
repeat (that|the last sentence|what you said)
(speak|talk) (louder|slower|faster|more quietly)
what did you say
never mind [that]
(stop|be quiet|that's enough|go on|continue|wait|yes|no|okay|yes please|no thanks|maybe later)
flip a coin
roll (a dice|two dice|a die)
pick a number between {number} and {number}
read me (the news|a story|my messages|my calendar)
where (is|are) my {thing}s
start a {number} minute timer [for the {food}]
set a timer for {number} (minutes|seconds|hours) [for the {food}]
how (long|much time) is left on the {food} timer
cancel the {food} timer
add {number} (minutes|seconds) to the {food} timer
"""
"""What is said to an assistant."""

EVERYDAY: Final = """
{person} {did} (a|the|my|his|her|our|their) [{adjective}] {thing} [{when}]
{person} {did} {number} [{adjective}] {thing}s
{person} {went} to {spot} [{when}]
{plural} {went} to {place} with {person} [{when}]
(i|we|they|you) {did} the [{adjective}] {thing} (in|near|behind|at) {spot}
the {adjective} {thing} is (in|on|under|behind|next to) the {thing}
there (is|was) (a|an) [{adjective}] {thing} (in|near) {spot}
there are {number} {animal}s (in|near|behind) {spot}
(i am|he is|she is|we are|they are) [very|not|really] {feeling} [{when}]
(are|were) (you|they|we) {feeling} [{when}]
(do|did) you {do} the [{adjective}] {thing} [{when}]
(can|could|would|will) you [please] {do} (the|my|this|that) {thing}
please {do} the {thing} and {do} the {thing}
don't {do} the {thing}
(i|we|they) (want|need|have|like|try|hope) to {do} (a|the|some) [{adjective}] {thing} [{when}]
(i|we) don't (want|need|like|know) (the|this|that|your) {thing}
(he|she) (wants|needs|has|likes) to {go} to {spot} [{future}]
(let's|we should|you must|they have to|i would like to) {go} to {spot} [{future}]
(where|when|why|how) did {person} {go} to {spot}
(where|when|why|how) did you {do} the {thing}
who {did} (my|the|your) [{adjective}] {thing}
what did {person} {do} [{when}]
which {thing} (is|was) {adjective}
whose {thing} is (this|that)
this is (a|the|my|your) {adjective} {thing}
that was (a|the) [very] {adjective} {thing}
{person} (is|was) {activity} (in|at|near) {spot}
(i|you|they|we) (like|love|hate|enjoy|stopped|started) {activity} [with {person}]
{activity} is [not|really|always|never] (easy|difficult|fun|boring|dangerous|healthy|important)
{opinion} {person} {did} the {thing}
{opinion} (it|this|that) is (a|the) {adjective} {thing}
{opinion} (he|she) (is|was) {feeling}
{opinion} {plural} will {go} to {place} {future}
{person} (could not|did not|will not|cannot) {do} the {thing} because {reason}
{reason} {link} {person} {went} to {spot}
we {went} home {link} {reason}
(i|she|he|we) will {do} the {thing} {future} {link} {do} the {thing}
(i|we|they) (ate|had|made|cooked|bought) {food} and {food} for (breakfast|lunch|dinner)
would you like [some] {food} [with {food}]
the {food} (is|was|tastes|smells) [too|very|really] (good|bad|hot|cold|sweet|salty|fresh|old|expensive)
how much (is|was|are) the {food} [and the {food}]
there is no {food} [left] in the (fridge|kitchen|house|shop)
(a|the|my|our) [{adjective}] {animal} {did} the {thing}
the {animal} is {activity} under the {thing}
{animal}s are [not] (bigger|smaller|faster|older|smarter) than {animal}s
(have you|has {person}|have they) [ever|already|never] been to {place}
{person} (lives|works|lived|worked) in {place} [with {person}]
{person} (is|was|became) (a|the best|an old) {job} in {place}
my {job} (is|was) born in {month}
(it|the meeting|the party|the film|the game) (starts|ends|started|begins) at {clock} [{future}]
we have {number} (minutes|hours|days|weeks|months|years) (left|to wait|before we {go})
it (takes|took) {number} (minutes|hours|days) to {go} to {spot}
{person} is {number} years old
the (number|address|code|price) is {digits}
(i was born|they met|it happened|the war ended) in {year}
(open|close|move|push|pull) the {adjective} {thing} [carefully|slowly|quickly]
(yes|no|well|oh|okay|look|listen) {opinion} {reason}
if {reason} we {go} to {spot}
{name} {went} to {spot} with {name}
{name} and {name} {did} the {rare} {thing}
the {rare} (of|from|in) {place} (is|was) {adjective}
(i|we) never heard of {rare}
a {rare} is (a|an|some) {adjective} {thing}
she looked at the {adjective} {thing} and {did} it
he (told|asked|showed|gave) {person} (the|a) {thing} [{when}]
(what|how) about (a|the) {thing} for {person}
nobody {did} (my|your|the) {thing} [{when}]
(some|many|most|all|few) {thing}s are {adjective}
the {thing} that {person} {did} (is|was) {adjective}
{person} who lives in {place} (is|was) {feeling}
i have (never|always|often|already) {did} (a|the) {adjective} {thing}
(not|only|even) {person} {did} it {when}
as soon as {reason} (i|we|they) {went} to {spot}
(first|then|finally|suddenly) {person} {did} the {thing} and {went} to {spot}
(could|should|must) we {do} this {thing} or that {thing}
it is (much|a little|far) (better|worse|warmer|colder|later) {when}
(between|behind|above|below|beside) the {thing} and the {thing}
{person} said that {reason}
the {job} and the {job} {went} to {place} {when}
everyone in {spot} (was|is) {activity}
"""
"""What people say to each other."""
