# Todas as palavras do cliente de mesa, em português do Brasil.

app-name = Sala
app-motto = Uma sala sua, onde nada se perde.
cancel = Cancelar
close = Fechar
save = Salvar
loading = Carregando…
dismiss = Dispensar
close-panel = Fechar o painel

day-today = Hoje
day-yesterday = Ontem
day-this-year = { $weekday }, { $day } de { $month }
day-with-year = { $weekday }, { $day } de { $month } de { $year }
moment = { $day }, { $time }
weekdays = segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo
months = janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro

sign-in-guest = Visitante
sign-in-account = Conta
sign-in-register = Conta nova
sign-in-guest-hint = Escolha um apelido e entre. Ele continua seu neste computador.
sign-in-account-hint = Seu nome e sua senha. Este computador permanece conectado.
sign-in-register-hint = Com uma conta você entra de vários aparelhos e tem amigos.
sign-in-enter = Entrar
sign-in-enter-account = Entrar
sign-in-enter-new = Criar conta
sign-in-recent = Onde você já esteve
sign-in-forget = Esquecer
field-server = Servidor
field-nickname = Apelido
field-name = Nome
field-password = Senha
field-code = Código de uso único
field-invitation = Código do seu convite
field-room = Nome da sala
field-topic = Assunto
field-link = Link
field-names = Nomes, separados por vírgulas
field-note = Algumas palavras (opcional)
field-reason = Motivo (opcional)
field-status = O que você está fazendo?
server-bad = Um endereço é como chat.example.org ou 127.0.0.1:7252.
server-met = { $server } é encontrado pela primeira vez e será reconhecido por { $fingerprint }. Compare com o que o servidor imprimiu.
name-bad = Um nome tem até 32 letras e algarismos de um só alfabeto, com “-”, “_” ou “.” isolados entre eles.
password-needed = Este computador não está conectado com este nome: escreva a senha.
code-needed = A senha está certa. Escreva os seis dígitos que seu aplicativo mostra, ou um código de recuperação.
token-not-kept = Este computador não consegue lembrar que você entrou: { $why }

link-connecting = Conectando…
link-waiting = Não foi possível alcançar o servidor. Nova tentativa em { $seconds } s. O que você escrever será enviado sozinho.
link-now = Tentar agora
link-sign-in = Entrar de novo
needs-server = Isto precisa do servidor, que está fora. Tente de novo quando ele voltar.

sidebar-rooms = Salas
sidebar-directs = Conversas
sidebar-invitations = Convites
sidebar-invited-by = { $name } convida você
sidebar-me = Você é { $name }
sidebar-settings = Configurações
sidebar-leave = Sair do servidor
sidebar-find = Ir para uma sala
sidebar-more = Procurar ou criar uma sala
sidebar-friends =
    { $count ->
        [0] Amigos
        [one] Amigos, { $count } pedido
       *[other] Amigos, { $count } pedidos
    }
sidebar-browse = Ver salas públicas
sidebar-new-room = Nova sala
sidebar-talk = Nova conversa
sidebar-link = Entrar por link
sidebar-room =
    { $unread ->
        [0] { $room }
        [one] { $mentions ->
            [0] { $room }, { $unread } mensagem não lida
           *[other] { $room }, { $unread } mensagem não lida, você é citado
        }
       *[other] { $mentions ->
            [0] { $room }, { $unread } mensagens não lidas
           *[other] { $room }, { $unread } mensagens não lidas, você é citado
        }
    }
invitation-join = Entrar
invitation-decline = Recusar

presence-online = Disponível
presence-away = Ausente
presence-busy = Não incomodar
presence-invisible = Invisível
presence-offline = Desconectado

person-presence = Status…
person-message = Conversar
person-befriend = Adicionar aos amigos…
person-accept = Aceitar
person-decline = Recusar
person-withdraw = Retirar o pedido
person-unfriend = Remover dos amigos
person-block = Bloquear
person-unblock = Desbloquear
person-mute = Silenciar…
person-kick = Retirar…
person-ban = Banir…
person-moderator = Tornar moderador
person-plain = Tornar membro comum

room-more = Mais sobre esta sala
room-order = Moderação
room-order-reports =
    { $count ->
        [one] Moderação · { $count } denúncia
       *[other] Moderação · { $count } denúncias
    }
room-order-calls =
    { $count ->
        [one] Moderação · uma coisa a ver
       *[other] Moderação · { $count } coisas a ver
    }
room-members =
    { $count ->
        [one] { $count } membro
       *[other] { $count } membros
    }
room-pins = Fixadas ({ $count })
room-topic = Mudar o assunto
room-invite = Convidar alguém
room-archive = Arquivar
room-unarchive = Reabrir
room-leave = Sair da sala
room-read = Marcar como lida

members-title = Membros
members-owner = Dono
members-moderators = Moderadores · { $count }
members-members = Membros · { $count }
members-here = { $name }, presente
members-away = { $name }, ausente
members-typing = escrevendo…

friends-title = Amigos
friends-guest = Amigos são para quem tem uma conta.
friends-add = Adicionar um amigo
friends-none = Ninguém ainda.
friends-asked-by = Querem ser seus amigos · { $count }
friends-friends = Amigos · { $count }
friends-asked = Você pediu · { $count }
friends-blocked = Bloqueados · { $count }

order-title = Moderação
room-kept =
    { $days ->
        [one] As mensagens são guardadas por um dia
       *[other] As mensagens são guardadas por { $days } dias
    }
order-slow = Modo lento
order-slow-off = Desligado
order-slow-seconds =
    { $seconds ->
        [one] Uma mensagem por segundo
       *[other] Uma mensagem a cada { $seconds } segundos
    }
order-none = Nada.
order-keep = Por quanto tempo se guarda o que se diz
order-keep-off = Para sempre
order-keep-days =
    { $days ->
        [one] Por um dia
       *[other] Por { $days } dias
    }
order-held = À espera de liberação · { $count }
order-let = Liberar
order-reject = Recusar
order-reports = Denúncias · { $count }
order-report = { $name }, { $time }
order-see = Mostrar
order-resolve = Resolvida
order-sanctions = Banidos e silenciados · { $count }
order-banned = { $name } está banido
order-muted = { $name } está silenciado
order-lift = Levantar
order-links = Links para a sala · { $count }
order-new-link = Criar e copiar o link
order-link = De { $name }, vale até { $until }
order-link-forever = ser retirado
order-unlink = Retirar
order-acts = Quem fez o quê

timeline-unread = Novas
timeline-newest = ↓ Para a mais nova
timeline-new =
    { $count ->
        [one] ↓ { $count } mensagem nova
       *[other] ↓ { $count } mensagens novas
    }
timeline-bar = Posição na conversa

row-name = Mensagem de { $author }, { $time }
row-deleted = Esta mensagem foi apagada.
row-edited = (editada)
row-sign = { $sign } de { $names }
row-answers = Em resposta a: { $text }
row-answers-deleted = { $author }  uma mensagem apagada
row-answers-unknown = Uma mensagem anterior
row-sending = Enviando…
row-waiting = Esperando para ser enviada
row-held = À espera da moderação: ninguém mais vê ainda
row-offline = Ainda não enviada: o servidor está fora
row-failed = Não enviada: { $why }
row-retry = Tentar de novo
row-discard = Descartar
row-damaged =
    { $count ->
        [one] Um registro está danificado no disco do servidor e não pode ser lido.
       *[other] { $count } registros estão danificados no disco do servidor e não podem ser lidos.
    }
row-skipped =
    { $count ->
        [one] Um registro anterior: carregar
       *[other] { $count } registros não carregados: carregar
    }
row-skipped-loading = Carregando…
row-skipped-offline =
    { $count ->
        [one] Um registro está no servidor, que está fora
       *[other] { $count } registros estão no servidor, que está fora
    }

message-more = Mais
message-reply = Responder
message-react = Reagir
message-copy = Copiar texto
message-copy-whole = Copiar com autor e hora
message-edit = Editar
message-pin = Fixar
message-unpin = Desafixar
message-delete = Apagar
message-report = Denunciar…

composer-field = Mensagem para { $room }
composer-send = Enviar
composer-offers = Tab escolhe
composer-reply = Resposta a { $author }
composer-edit = Edite sua mensagem
composer-archived = Esta sala está arquivada: está aqui para ser lida.
composer-full = Há demais esperando para ser enviado. Nada mais é aceito antes que o servidor volte.
composer-muted = Aqui você pode ler e não escrever
composer-typing =
    { $count ->
        [one] { $names } está escrevendo…
       *[other] { $names } estão escrevendo…
    }
composer-typing-many = Várias pessoas estão escrevendo…
composer-left =
    { $count ->
        [one] Resta um byte
       *[other] Restam { $count } bytes
    }
composer-over =
    { $count ->
        [one] Um byte a mais: divida-a
       *[other] { $count } bytes a mais: divida-a
    }

empty-title = Nenhuma sala aberta
empty-hint = Escolha uma à esquerda, ou dê uma olhada.

switcher-title = Ir para uma sala
switcher-field = Parte de um nome
switcher-none = Não há sala assim entre as suas.
browse-title = Salas públicas
browse-field = Parte de um nome ou assunto
browse-none = Nenhuma sala se chama assim.
browse-members =
    { $count ->
        [one] { $count } membro
       *[other] { $count } membros
    }
browse-joined = Você está nela
react-title = Reagir
react-field = Parte do nome de um sinal
new-room-title = Nova sala
new-room-private = Privada: só a encontra quem é convidado ou tem um link
new-room-create = Criar
join-link-title = Entrar por link
talk-title = Nova conversa
talk-start = Começar
befriend-title = Adicionar um amigo
befriend-send = Enviar pedido
invite-send = Convidar
report-title = Avisar os moderadores
report-send = Denunciar
delete-title = Apagar esta mensagem?
delete-hint = As palavras são apagadas no servidor e para todos. Isto não pode ser desfeito.
leave-title = Sair de { $room }?
leave-hint = Você pode voltar enquanto lhe for permitido entrar.
mute-title = Silenciar { $name }
kick-title = Retirar { $name }
ban-title = Banir { $name }
time-minutes = 10 min
time-hour = 1 hora
time-day = 1 dia
time-week = 1 semana
time-forever = Sem fim

settings-title = Configurações
settings-theme = Aparência
theme-system = Sistema
theme-light = Clara
theme-dark = Escura
settings-language = Idioma
language-system = Sistema
settings-text = Tamanho de tudo

act-created = { $author } criou a sala
act-joined = { $author } entrou
act-left = { $author } saiu
act-added = { $author } adicionou { $name }
act-topic = { $author } definiu o assunto: { $text }
act-topic-none = { $author } retirou o assunto
act-pinned = { $author } fixou uma mensagem
act-unpinned = { $author } desafixou uma mensagem
act-kicked = { $author } retirou { $name }
act-banned = { $author } baniu { $name }
act-unbanned = { $author } levantou o banimento de { $name }
act-muted = { $author } silenciou { $name }
act-unmuted = { $author } deixou { $name } falar de novo
act-invited = { $author } convidou { $name }
act-uninvited = { $author } retirou o convite de { $name }
act-link = { $author } criou um link para a sala
act-unlinked = { $author } retirou um link
act-plain = { $author } tornou { $name } membro comum
act-moderator = { $author } tornou { $name } moderador
act-owner = { $author } deu a sala a { $name }
act-renamed = { $author } mudou o nome da sala para { $text }
act-archived = { $author } arquivou a sala
act-unarchived = { $author } reabriu a sala
act-hold = { $author } mudou o que espera aqui pela moderação
act-hold-off = { $author } não deixa mais nada esperar aqui pela moderação
act-keep-off = { $author } guarda para sempre o que se diz aqui
act-keep =
    { $days ->
        [one] { $author } faz o que se diz aqui sumir depois de um dia
       *[other] { $author } faz o que se diz aqui sumir depois de { $days } dias
    }
act-slow-off = { $author } desligou o modo lento
act-slow =
    { $seconds ->
        [one] { $author } ligou o modo lento: uma mensagem por segundo
       *[other] { $author } ligou o modo lento: uma mensagem a cada { $seconds } segundos
    }
act-closed = { $author } fechou a sala
act-deleted = { $author } apagou uma mensagem
act-until = { $sentence } até { $until }
out-kicked =
    { $known ->
        [yes] { $by } retirou você de { $room }.
       *[no] Você foi retirado de { $room }.
    }
out-banned =
    { $known ->
        [yes] { $by } baniu você de { $room }.
       *[no] Você foi banido de { $room }.
    }
out-banned-until =
    { $known ->
        [yes] { $by } baniu você de { $room } até { $until }.
       *[no] Você foi banido de { $room } até { $until }.
    }
out-closed =
    { $known ->
        [yes] { $by } fechou { $room }.
       *[no] { $room } foi fechada.
    }

refused-name-taken = Este nome já tem dono, se parece com um que tem, ou é reservado. Escolha outro, ou entre com a conta.
refused-too-many-devices = Você está em tantos aparelhos quantos pode. Saia em um deles.
refused-guests-closed = Este servidor não aceita novos visitantes.
refused-registration-closed = Este servidor não cria novas contas.
refused-invitation-needed = Este servidor cria contas só para quem foi convidado: digite o código de um convite.
refused-bad-invitation = Este convite não existe, já foi usado ou é antigo demais: peça outro.
refused-weak-password = Uma senha tem pelo menos 8 caracteres e não é das mais comuns.
refused-wrong-password = Não há conta com este nome e esta senha.
refused-code-needed = Escreva também o código de uso único.
refused-wrong-code = O código não está certo, já foi usado ou é velho demais.
refused-busy = O servidor está ocupado com outros. É questão de um momento.
refused-account-only = Isto é para contas, não para visitantes.
refused-not-allowed = Você não pode fazer isto aqui.
refused-no-such-person = Não há ninguém com este nome.
refused-blocked-by-you = Você bloqueou esta pessoa. Desbloqueie primeiro.
refused-yourself = Isto não se faz consigo mesmo.
refused-room-taken = Já há uma sala com este nome, ou com um parecido.
refused-no-such-room = Não há tal sala.
refused-not-a-member = Você não está nesta sala.
refused-no-such-member = Esta pessoa não está na sala.
refused-bad-link = Este link não existe, foi gasto ou é velho demais.
refused-archived = Esta sala está arquivada: está aqui para ser lida.
refused-held = Nesta sala a moderação vê isto primeiro, e só mensagens esperam por isso: diga em uma nova.
refused-rejected = A moderação não liberou isto.
refused-no-such-post = Esta mensagem se foi.
refused-not-there = Isto não está mais aqui.
refused-empty-text = Uma mensagem precisa dizer algo.
refused-slow-down = Foi demais de uma vez. Será tentado de novo sozinho.
refused-storage-full = O disco do servidor está cheio. A leitura continua, e o que você escreveu será enviado quando houver espaço.
refused-storage-failed = O disco do servidor falhou. O que você escreveu será enviado de novo.
refused-stopping = O servidor está parando. O que você escreveu será enviado quando ele voltar.
closed-replaced = Este aparelho se conectou de outro lugar.
closed-revoked = Este aparelho foi desconectado por outro.
closed-erased = Esta conta foi apagada.
closed-quit = Você saiu.
closed-closed = Quem administra o servidor fechou esta conexão.
closed-protocol = O servidor fala outra versão do protocolo. Atualize este programa.

room-search = Procurar
search-title = Procurar
search-words = Palavras
search-day-bad = Um dia se escreve como 2026-11-25.
search-here = Só nesta sala
search-find = Procurar
search-none = Nada foi encontrado.
message-choose = Selecionar
chosen-count =
    { $count ->
        [one] Uma mensagem selecionada
       *[other] { $count } mensagens selecionadas
    }
chosen-copy = Copiar com autores e horas
settings-notify = Avise-me quando alguém me citar ou escrever para mim
notify-from = { $author } em { $room }

presence-friends-only = Só amigos veem se estou aqui
account-title = Criar uma conta
account-hint = Você mantém seu nome, suas salas e tudo o que disse, e pode entrar de outros aparelhos.
account-made = Agora você tem uma conta.

month-with-year = { $month } de { $year }
copy = Copiar
more = Mostrar mais
sign-in-recover = Tenho um código para uma nova senha
sign-in-recover-back = Entrar com uma senha
sign-in-recover-hint = Um administrador do servidor gera um código para quem perdeu a senha. Ele vale por um dia.
sign-in-enter-recover = Definir a senha e entrar
field-code-recover = Código do administrador
field-code-server = Código que o servidor imprimiu
field-code-shown = Seis dígitos que o aplicativo mostra
field-password-old = Senha atual
field-password-new = Nova senha
name-too-long = Um nome tem no máximo 32 caracteres.
name-character = Um nome não pode ter “{ $sign }” ali: use letras e algarismos, com “-”, “_” ou “.” entre eles.
name-edge = Um nome começa e termina com letra ou algarismo, e não tem dois de “-”, “_” e “.” lado a lado.
name-marks = Há acentos demais em uma letra.
name-scripts = Um nome fica em um só alfabeto.
name-direction = Um nome corre em uma só direção, e começa com uma letra.
news-unanswered = O servidor ainda não respondeu ao que foi pedido. Tente de novo daqui a pouco.
news-lost = O servidor perdeu registros que tinha. O que ele não tem mais sumiu daqui também.
news-broken = O servidor enviou algo que não faz sentido. Conectando de novo.
news-rejected = O que você escreveu não foi liberado.
news-rejected-said = O que você escreveu não foi liberado: “{ $text }”.
news-misasked = Este programa pediu algo que não se pode pedir: o erro é do programa.
sidebar-account = Conta e aparelhos…
sidebar-server = Administração…
person-give = Passar a sala para esta pessoa…
room-day = Ir para um dia…
room-link = Novo link para a sala…
room-rename = Renomear a sala
room-close = Fechar de vez…
order-by = Por { $name }
order-lift-of = Levantar o banimento ou silêncio de { $name }
order-link-uses =
    { $count ->
        [one] Deixa entrar mais uma pessoa
       *[other] Deixa entrar mais { $count } pessoas
    }
message-versions = Palavras anteriores
versions-title = O que a mensagem dizia
day-title = Ir para um dia
day-year-before = O ano anterior
day-month-before = O mês anterior
day-month-after = O mês seguinte
day-year-after = O ano seguinte
day-first = Para a primeira mensagem
link-title = Novo link para a sala
link-hint = Quem tiver o link pode entrar, enquanto ele valer. Você pode retirá-lo em Moderação.
link-uses = Para quantas pessoas (vazio: quantas forem)
link-uses-bad = Escreva um número, ou nada.
rename-hint = A sala passa a ser mostrada e encontrada com o novo nome. Links e menções continuam valendo.
close-title = Fechar { $room } de vez?
close-hint = Tudo o que foi dito ali é apagado no servidor, para todos. Isto não pode ser desfeito.
close-do = Fechar a sala
give-title = Passar { $room } para { $name }?
give-hint = Essa pessoa passa a ser dona, e você no máximo moderador. Só quem for dono pode devolvê-la.
give-do = Passar a sala
unsent-title =
    { $count ->
        [one] Uma mensagem não foi enviada
       *[other] { $count } mensagens não foram enviadas
    }
unsent-hint = Se você sair agora, elas se perdem. Se ficar, saem sozinhas assim que o servidor as aceitar.
unsent-go = Sair e perdê-las
me-title = Conta e aparelhos
me-account = Você é { $name }, com uma conta.
me-guest = Você é { $name }, visitante: o nome é seu só neste computador. Com uma conta você entra de outros, e tem amigos.
me-signing-in = Entrada
me-codes-off = Para entrar basta a senha.
me-codes-on =
    { $count ->
        [one] Para entrar é preciso também um código de uso único. Resta um código de recuperação.
       *[other] Para entrar é preciso também um código de uso único. Restam { $count } códigos de recuperação.
    }
devices-title = Aparelhos · { $count }
devices-revoke-all = Desconectar todos os outros aparelhos
device-unnamed = Um aparelho sem nome
device-this = Este
device-here = Conectado agora
device-seen = Usado pela última vez: { $day }
device-shut-out = Desconectar
device-revoke = Desconectar { $label }
password-open = Mudar a senha…
password-title = Mudar a senha
password-hint = Todos os seus outros aparelhos são desconectados.
password-change = Mudar
codes-on-open = Ligar códigos de uso único…
codes-new = Trocar os códigos…
codes-off-open = Desligar…
codes-title = Códigos de uso único
codes-hint = Para entrar será preciso um código de um aplicativo no seu telefone, e a senha sozinha não deixará ninguém entrar.
codes-picture = Imagem para o aplicativo ler
codes-by-hand = Deixe o aplicativo ler a imagem, ou digite isto nele:
codes-copy-uri = Copiar como endereço
codes-recovery = Guarde estes códigos de recuperação em lugar seguro. Cada um deixa você entrar uma vez, sem o telefone:
codes-copy = Copiar os códigos de recuperação
codes-turn-on = Ligar
codes-off-title = Desligar códigos de uso único
codes-turn-off = Desligar
erase-open = Apagar a conta…
erase-title = Apagar { $name }?
erase-hint = Tudo o que você disse é apagado no servidor, e todos os seus aparelhos são desconectados. Isto não pode ser desfeito, e ninguém pode usar seu nome por 30 dias.
erase-name = Seu nome, para mostrar que é isso mesmo
erase-do = Apagar de vez
claim-title = Administrar este servidor
claim-hint = O servidor imprime um código ao iniciar pela primeira vez. Quem o escrever aqui é seu administrador.
claim-do = Tornar-se administrador
server-title = Administração
server-people = Pessoas
server-strangers = O que desconhecidos podem fazer
server-guests = Aceitar novos visitantes
server-accounts-open = Qualquer pessoa pode criar uma conta
server-accounts-invitation = Por convite de um administrador
server-accounts-members = Por convite de qualquer membro
server-accounts-closed = Ninguém pode criar uma conta
server-invitations = Convites para o servidor
server-invite = Gerar um convite
server-invitation-code = Dê este código a quem você quer. Ele cria uma conta, em até uma semana:
server-reset = Alguém perdeu a senha
server-reset-name = Nome da conta
server-reset-draw = Gerar um código
server-reset-code = Dê este código a { $name }. Ele vale uma vez, por um dia:
server-admins = Administradores
server-admin-name = Nome
server-admin-on = Tornar administrador
server-admin-off = Não mais
server-ban = Mantidos fora
server-ban-whom = Nome, ou endereços como 203.0.113.0/24
server-ban-do = Manter fora
server-bans = Mantidos fora · { $count }
server-rooms = Salas
search-author = De (um nome)
search-since = Desde o dia (2026-11-25)
search-until = Até o dia (2026-11-25)
done-password = A senha foi mudada. Seus outros aparelhos foram desconectados.
done-codes-on = Os códigos de uso único estão ligados.
done-codes-off = Os códigos de uso único estão desligados.
done-claim = Agora você administra este servidor.
done-befriend = O pedido foi enviado.
done-invite = O convite foi enviado.
done-report = Os moderadores foram avisados.
done-server = Feito.
refused-banned = Você não pode entrar aqui
refused-muted = Você pode ler aqui, mas não escrever
refused-slow-mode = Nesta sala se fala de vez em quando. Espere um pouco e tente de novo.
refused-text-too-long = Isto é longo demais. Divida.
refused-bad-text = Isto tem sinais que não podem ser mostrados. Remova-os.
refused-out-of-order = Uma mensagem posterior foi guardada antes desta. Tente de novo para enviá-la como nova.
refused-too-old = Não se sabe se isto foi guardado. Procure na sala antes de enviar de novo.
refused-full = Já há tantos quantos pode haver.
refused-unknown = A conexão caiu antes da resposta: pode ter sido feito ou não.
refused-other = O servidor recusa: { $why }
closed-haste = Você pediu mais rápido do que é permitido.
closed-full = O servidor não tem lugar para mais conexões.
field-group = Nome do grupo (opcional)
talk-group-hint = Várias pessoas formam um grupo: elas são convidadas, só seus membros o encontram, e cada um pode convidar.
sign-in-link = O link leva a uma sala deste servidor: diga quem você é, e você estará lá.
link-nonsense = O que o servidor envia não faz sentido. Nova tentativa em { $seconds } s. O que você escrever fica guardado.
join-link-bad = Um link é como chat.example.org:7252/ e muitas letras depois.
link-away-title = Este link leva a { $there }
link-away-hint = Você está em { $here }. Para ir até lá você sai daqui; pode voltar quando quiser.
link-away-go = Ir para lá
link-away-here = Não, ele é de { $here }
link-made-title = Um link para a sala
link-made-hint = Ele foi copiado. Quem o tiver pode entrar: na primeira tela, cola-se no lugar do servidor.
link-made-alone = “{ $host }” é só este computador. Para quem está em outro lugar, ponha ali o endereço do servidor.
link-made-picture = O link como imagem para uma câmera
settings-own = O que você escreveu
export-open = Salvar tudo…
export-title = Salvar tudo o que você escreveu
export-hint = Cada mensagem e tudo o mais que é seu neste servidor, em um arquivo (JSON). Um arquivo que já exista é substituído.
export-file = ~/sala-{ $name }.json
export-do = Salvar
export-busy = { $path } está sendo escrito. Outro arquivo só depois.
export-not = { $path } não foi escrito.
export-done =
    { $count ->
        [one] Um registro está em { $path }
       *[other] { $count } registros estão em { $path }
    }
field-file = Arquivo
coming-waiting = Não foi possível alcançar o servidor. O endereço está certo, e ele está ligado? Nova tentativa em { $seconds } s.
invitation-group = Um grupo
person-accept-friend = Aceitar a amizade
person-decline-friend = Recusar a amizade

again-title = Entrar de novo como { $name }
again-hint = Tudo o que você vê continua aqui. O que você escreveu e não foi enviado sai quando você voltar.
